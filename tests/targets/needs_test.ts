/** A bundle decodes every constant of its model, and holds no way to decode others. */
import assert from "node:assert/strict";
import { quantizeWeightsOnly } from "../../converters/compress/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { emitDeno } from "../../converters/targets/deno/mod.ts";
import { needsOf } from "../../converters/targets/deno/needs.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { denseGraph, float32, OPEN } from "../helpers/float_graphs.ts";
import {
  graphOf,
  node,
  packWithGolden,
  pictureGraph,
  vectorGraph,
} from "../helpers/small_models.ts";

/** Weights of a whole number of steps, so that sums are exact. */
const scaled = () =>
  quantizeWeightsOnly(denseGraph([[127, -3], [5, 127]]), { recipe: completeRecipe({}) }).graph;

/** Maxima with a float32 and a float16 constant. */
function floats(): CoreGraph {
  const half = { ...float32("half", [2], [-1, 0.5]), encoding: "float16" as const };
  return graphOf(
    [node("Maximum", ["x", "whole"], "a", OPEN), node("Maximum", ["a", "half"], "y", OPEN)],
    [
      float32("x", [2]),
      float32("whole", [2], [0.1, -1]),
      half,
      float32("a", [2]),
      float32("y", [2]),
    ],
    ["y"],
  );
}

const CASES: [name: string, graph: CoreGraph, inputs: Float32Array[], needs: string[]][] = [
  ["int16 biases", pictureGraph(), [new Float32Array(32).map((_, i) => i / 32)], ["INT16"]],
  ["int32 biases", vectorGraph(), [2, 3].map((n) => new Float32Array(12).fill(n)), ["INT32"]],
  ["int8 that become float32", scaled(), [Float32Array.of(2, 3)], ["SCALED"]],
  ["float32 and float16", floats(), [Float32Array.of(-2, 3)], ["FLOAT32", "FLOAT16"]],
];

for (const [name, graph, inputs, needs] of CASES) {
  Deno.test(`a bundle with constants of ${name}`, async () => {
    const packed = await packWithGolden(graph, [inputs]);
    const model = readModel(packed);
    const found = needsOf(model, { split: false }).match(/\w+(?= = true)/g) ?? [];
    assert.deepEqual(found, needs);
    const folder = await Deno.makeTempDir();
    try {
      const files = await emitDeno(packed, model, { split: false });
      await Deno.writeFile(`${folder}/model.js`, files.get("model.js")!);
      const { load, selfCheck } = await import(`file://${folder}/model.js`);
      const { samples, bitExact, maxAbsError } = selfCheck(await load());
      assert.deepEqual({ samples, bitExact, maxAbsError }, {
        ...{ samples: 1, bitExact: true, maxAbsError: 0 },
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

for (const layout of ["NCHW", "NHWC"] as const) {
  Deno.test(`a bundle of a model that takes pixels as ${layout}`, async () => {
    const preprocess = {
      color: "gray",
      resize: null,
      scale: 1,
      mean: [0],
      std: [1],
      layout,
    } as const;
    const model = readModel(await packWithGolden(pictureGraph(), [], { preprocess }));
    assert.equal(/PLANAR = true/.test(needsOf(model, { split: false })), layout === "NCHW");
  });
}

Deno.test("a module beside its model decodes all, as the model may be another one day", async () => {
  const model = readModel(await packWithGolden(floats(), []));
  assert.doesNotMatch(needsOf(model, { split: true, threads: true }), /false/);
});
