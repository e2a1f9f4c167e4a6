/** Dead and constant channels removed: by hand, at borders, in random networks, in a real model. */
import assert from "node:assert/strict";
import { eliminateChannels } from "../../converters/channels/mod.ts";
import { quantize } from "../../converters/compress/mod.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { convert } from "../../mod.ts";
import { sizeOf } from "../../converters/graph/graph.ts";
import {
  denseGraph,
  float32,
  OPEN,
  rangesOf,
  readBack,
  runGraph,
} from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { randomNetwork } from "../helpers/random_networks.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";
import { graphOf, int8, node, noise } from "../helpers/small_models.ts";
import { assertClose } from "../helpers/simplified.ts";

const RELU = { ...OPEN, min: 0 };

/** Weights of the graph: elements of constants of rank 2 and more. */
function weightsIn({ tensors }: CoreGraph): number {
  return [...tensors.values()].reduce(
    (sum, { data, shape }) => sum + (data && shape!.length > 1 ? sizeOf(shape!) : 0),
    0,
  );
}

const dataOf = (graph: CoreGraph, at: number, input: number) =>
  Array.from(graph.tensors.get(graph.nodes[at].inputs[input])!.data!, Number);

Deno.test("by hand: a dead channel goes, a constant one goes into the bias that follows", () => {
  // h = relu([x0 + x1, −1, 3, 2·x0]), y = 1·h0 + 5·h1 + 2·h2 + 0·h3 + 0.5 = h0 + 6.5.
  const graph = denseGraph([[1, 1], [0, 0], [0, 0], [2, 0]], [0, -1, 3, 0]);
  graph.nodes[0].params = RELU;
  graph.nodes.push(node("FullyConnected", ["y", "v", "c"], "z", OPEN));
  for (const tensor of [float32("v", [1, 4], [1, 5, 2, 0]), float32("c", [1], [0.5])]) {
    graph.tensors.set(tensor.name, tensor);
  }
  graph.tensors.set("z", float32("z", [1, 1]));
  graph.outputs = ["z"];
  const { graph: done, kept, reasons } = eliminateChannels(graph);
  assert.deepEqual([...kept], [["y", [0]]]);
  assert.deepEqual([dataOf(done, 0, 1), dataOf(done, 0, 2)], [[1, 1], [0]]);
  assert.deepEqual([dataOf(done, 1, 1), dataOf(done, 1, 2)], [[1], [6.5]]);
  assert.equal(
    reasons.get(graph.nodes[0].name),
    "3 of 4 channels are constant or unused: removed",
  );
});

/** int8 picture of 3×3, two channels of which the second is always 5, under a 3×3 window. */
function bordered(zeroPoint: number, pad: number): CoreGraph {
  const window = { padTop: pad, padLeft: pad, padBottom: pad, padRight: pad };
  const size = 1 + 2 * pad;
  const bounds = { factor: 1, min: -128, max: 127 };
  const quantized = (name: string, shape: number[], data: number[]) => ({
    ...{ name, dtype: "int8" as const, shape, data: Int8Array.from(data) },
    quantization: { scale: 1, zeroPoint: 0 },
  });
  const w = Array.from({ length: 18 }, (_, i) => i % 5 - 2);
  return graphOf(
    [
      node("Conv2D", ["x", "a", "b"], "h", bounds),
      node("Conv2D", ["h", "w"], "y", { ...bounds, ...window, factor: Math.fround(0.1) }),
    ],
    [
      int8("x", [1, 3, 3, 1], 1, 0),
      quantized("a", [2, 1, 1, 1], [1, 0]),
      { name: "b", dtype: "int32", shape: [2], data: Int32Array.of(0, 5 - zeroPoint) },
      int8("h", [1, 3, 3, 2], 1, zeroPoint),
      quantized("w", [1, 3, 3, 2], w),
      int8("y", [1, size, size, 1], 1, 3),
    ],
    ["y"],
  );
}

const BORDERS: [what: string, zeroPoint: number, pad: number, left: number][] = [
  ["no padding: into the bias", 0, 0, 1],
  ["padding, and the channel is the zero point: nothing to add", 5, 1, 1],
  ["padding, and it is not: it stays, as borders would change", 0, 1, 2],
];
for (const [what, zeroPoint, pad, left] of BORDERS) {
  Deno.test(`a constant channel under a window, ${what}`, async () => {
    const graph = bordered(zeroPoint, pad);
    const { graph: done } = eliminateChannels(graph);
    assert.equal(done.tensors.get("h")!.shape![3], left);
    const x = new Uint8Array(Int8Array.from({ length: 9 }, (_, i) => i * 13 - 50).buffer);
    const named = { x: new Int8Array(x.buffer) } as unknown as Record<string, Float32Array>;
    assert.deepEqual(await runGraph(done, named), await runGraph(graph, named));
  });
}

Deno.test("float networks compute the same", async () => {
  let removed = 0;
  for (let seed = 0; seed < 300; seed++) {
    const graph = randomNetwork(new Random(seed), 9);
    const { graph: done } = eliminateChannels(graph);
    const x = noise(sizeOf(graph.tensors.get("x")!.shape!), seed);
    assertClose(await runGraph(done, { x }), await runGraph(graph, { x }), `seed ${seed}`);
    removed += weightsIn(graph) - weightsIn(done);
  }
  assert.ok(removed > 300, `${removed} weights removed`);
});

Deno.test("integer networks give the same bits, and elimination again finds nothing", async () => {
  let [before, after] = [0, 0];
  for (let seed = 0; seed < 300; seed++) {
    const float = randomNetwork(new Random(seed), 9);
    const shape = float.tensors.get("x")!.shape!;
    const samples = [0, 1].map((i) => ({ x: noise(sizeOf(shape), seed + 1000 * i) }));
    const ranges = await rangesOf(float, samples);
    const { graph } = quantize(float, ranges, { recipe: completeRecipe({}) });
    const copy = structuredClone(graph);
    const { graph: done, kept } = eliminateChannels(graph);
    assert.deepEqual(graph, copy, `seed ${seed}: its input changed`);
    await readBack(done);
    // Far outside of what calibrated, too.
    const extreme = noise(sizeOf(shape), seed).map((value) => Math.sign(value) * 1e3);
    for (const x of [samples[0].x, extreme]) {
      assert.deepEqual(await runGraph(done, { x }), await runGraph(graph, { x }), `seed ${seed}`);
    }
    for (const [name, stay] of kept) {
      assert.equal(done.tensors.get(name)?.shape?.at(-1) ?? stay.length, stay.length);
    }
    assert.equal(eliminateChannels(done).kept.size, 0, `seed ${seed}: not a fixed point`);
    before += weightsIn(graph);
    after += weightsIn(done);
  }
  assert.ok(after < 0.8 * before, `${before} weights before, ${after} after`);
});

Deno.test({
  name: `vww: 208,112 weights become 29,286 or fewer${hasShared ? "" : ` (${SHARED_REASON})`}`,
  ignore: !hasShared,
  async fn() {
    const { model } = await convert({
      model: sharedModel("mobilenetv1-vww"),
      data: sharedModel("mobilenetv1-vww", "data.json"),
      recipe: { dims: { batch: 1 } },
    });
    const weights = model.tensors.filter(({ data, shape }) => data && shape.length > 1);
    const left = weights.reduce((sum, { size }) => sum + size, 0);
    assert.ok(left <= 29_286, `${left} weights are left`);
  },
});
