/** Models that look at a picture and at its mirror image. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { simplify } from "../../converters/simplify/mod.ts";
import { mirrored } from "../../converters/stages/mirror.ts";
import { bundle } from "../../mod.ts";
import { toCore } from "../helpers/convert.ts";
import { float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { errorOf } from "../helpers/import_error.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";
import { withSmallTask } from "../helpers/small_task.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));
const SIDE = 8;

/** Planes of 8×8 with the columns in the other order. */
function flip(picture: Float32Array): Float32Array {
  return picture.map((_, i) => picture[i - i % SIDE + SIDE - 1 - i % SIDE]);
}

Deno.test("mirrored: the mean of what a picture and its mirror image give, to the bit", () =>
  withSmallTask(async ({ model }) => {
    const core = await toCore(await Deno.readFile(model));
    const both = simplify(mirrored(core));
    const alone = simplify(core);
    for (const seed of [1, 2, 3]) {
      const x = noise(3 * SIDE * SIDE, seed);
      const [a, b] = [(await runGraph(alone, { x })).y, (await runGraph(alone, { x: flip(x) })).y];
      const mean = a.map((value, i) => (value + b[i]) / 2);
      assert.notDeepEqual(a, b);
      assert.deepEqual((await runGraph(both, { x })).y, mean);
      assert.deepEqual((await runGraph(both, { x: flip(x) })).y, mean);
    }
  }));

/** A graph x → y of one operator. */
function single(op: "Reduce" | "Concat" | "MatMul", from: number[], to: number[]): CoreGraph {
  const inputs = op === "Concat" ? ["x", "x"] : op === "MatMul" ? ["x", "w"] : ["x"];
  const params: Record<string, number> = op === "Concat" ? { axis: 0 } : {};
  const list = op === "Reduce" ? [1, 2] : [];
  const w = op === "MatMul" ? [float32("w", [from.at(-1)!, to.at(-1)!], [])] : [];
  const tensors = [float32("x", from), ...w, float32("y", to)];
  return graphOf([node(op, inputs, "y", { ...OPEN, ...params }, list)], tensors, ["y"]);
}

const REFUSED: [what: string, graph: CoreGraph, got: string][] = [
  ["an input without pixels", single("Reduce", [1, 4], [1, 4]), "1×4"],
  ["a picture of 4 channels", single("Reduce", [1, 8, 8, 4], [1, 4]), "1×8×8×4"],
  ["several pictures", single("Reduce", [2, 8, 8, 3], [2, 3]), "2×8×8×3"],
  ["a map of scores", single("Reduce", [1, 8, 8, 3], [1, 1, 3]), "1×1×3"],
  ["samples beside each other", single("Concat", [1, 8, 8, 3], [1, 3]), "Concat y"],
  ["an operator on matrices", single("MatMul", [1, 8, 8, 3], [1, 3]), "MatMul y"],
];

for (const [what, graph, got] of REFUSED) {
  Deno.test(`mirrored: ${what} is refused`, async () => {
    const error = await errorOf(() => mirrored(graph));
    assert.equal(error.code, "usage/mirror");
    assert.equal(error.got, got);
  });
}

Deno.test("bundle: mirrored, the example has the same weights and is right more often", async () => {
  const line = (mirror: boolean) =>
    bundle({
      ...{ model: `${EXAMPLE}model.onnx`, data: `${EXAMPLE}data.json`, target: "deno" },
      ...{ out: "unwritten", dryRun: true, recipe: { mirror } },
    });
  const [plain, both] = [await line(false), await line(true)];
  assert.equal(both.bytes.weights, plain.bytes.weights);
  assert.equal(both.bitExact, true);
  assert.equal(both.recipe.mirror, true);
  assert(both.accuracy!.bundle > plain.accuracy!.bundle);
  const operations = both.model.operations / plain.model.operations;
  assert(operations > 1.9 && operations < 2.1, String(operations));
});
