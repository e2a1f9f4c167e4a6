/** Which layers get weights of 7 bits to run faster, and when. */
import assert from "node:assert/strict";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { completeRecipe, type Recipe } from "../../converters/recipe/mod.ts";
import { compress } from "../../converters/stages/compress.ts";
import { float32, OPEN } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";

const [SIDE, CHANNELS] = [8, 64];
const SIZE = SIDE * SIDE * CHANNELS;

/** Weights that integers up to `most` give exactly, the largest of them in every channel. */
function onGrid(random: Random, channels: number, depth: number, most: number): Float32Array {
  return Float32Array.from(
    { length: channels * depth },
    (_, i) => (i % depth ? random.int(-most, most) : most) / most / 16,
  );
}

/** 1×1, 3×3 by tiles, 1×1 with few outputs, and a dense layer; 1×1 and dense gain by 7 bits. */
function network(most: Record<"first" | "dense", number>): CoreGraph {
  const random = new Random(1);
  const picture = (name: string, channels: number) => float32(name, [1, SIDE, SIDE, channels]);
  const border = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
  const nodes = [
    node("Conv2D", ["x", "w1"], "a", OPEN),
    node("Conv2D", ["a", "w2"], "b", { ...OPEN, ...border }),
    node("Conv2D", ["b", "w3"], "c", OPEN),
    node("Reshape", ["c"], "d"),
    node("FullyConnected", ["d", "w4"], "y", OPEN),
  ];
  return graphOf(
    nodes,
    [
      picture("x", CHANNELS),
      float32("w1", [40, 1, 1, CHANNELS], onGrid(random, 40, CHANNELS, most.first)),
      picture("a", 40),
      float32("w2", [64, 3, 3, 40], onGrid(random, 64, 360, 127)),
      picture("b", 64),
      float32("w3", [8, 1, 1, 64], onGrid(random, 8, 64, 127)),
      picture("c", 8),
      float32("d", [1, 512]),
      float32("w4", [40, 512], onGrid(random, 40, 512, most.dense)),
      float32("y", [1, 40]),
    ],
    ["y"],
  );
}

const indices = Array.from({ length: 16 }, (_, i) => i);
const dataset: Dataset = {
  ...{ count: 16, labels: null, preprocess: null, metric: "mse", classNames: [], source: "test" },
  inputs: (i) => Promise.resolve([noise(SIZE, 30 + i)]),
};
const SAMPLES = { evaluation: null, calibration: { dataset, indices }, split: null };

const settle = async (most: Parameters<typeof network>[0], given: Partial<Recipe>) =>
  (await compress(
    network(most),
    SAMPLES,
    completeRecipe({ calibrate: "minmax", ...given }),
    () => {},
  ))
    .recipe;

const FIRST = "Conv2D a";
const DENSE = "FullyConnected y";

/** Largest weights in steps, and the layers that get 7 bits. */
const CASES: [Parameters<typeof network>[0], string[]][] = [
  [{ first: 63, dense: 63 }, [FIRST, DENSE]],
  [{ first: 127, dense: 63 }, [DENSE]],
  [{ first: 63, dense: 127 }, [FIRST]],
  [{ first: 127, dense: 127 }, []],
];

for (const [most, wanted] of CASES) {
  Deno.test(`weights of ${most.first} and ${most.dense} steps: 7 bits where nothing is lost`, async () => {
    const recipe = await settle(most, { reduceRange: "auto" });
    assert.deepEqual(recipe.layers, wanted.map((match) => ({ match, weightBits: 7 })));
    assert.equal(recipe.reduceRange, "off");
  });
}

Deno.test("what it chose, as a recipe, gives the same weights again", async () => {
  const graph = network({ first: 63, dense: 127 });
  const weights = async (recipe: Recipe) => {
    const { graph: made, recipe: used } = await compress(graph, SAMPLES, recipe, () => {});
    const data = made.nodes.map(({ inputs: [, w] }) => made.tensors.get(w)?.data);
    return { data, used };
  };
  const first = await weights(completeRecipe({ reduceRange: "auto" }));
  assert.deepEqual(await weights(completeRecipe(first.used)), first);
});

Deno.test("it is off unless asked for, and never for layers that have other bits or float sums", async () => {
  const most = { first: 63, dense: 63 };
  assert.deepEqual((await settle(most, {})).layers, []);
  const layers = [{ match: FIRST, weightBits: 6 }];
  const { layers: ruled } = await settle(most, { reduceRange: "auto", layers });
  assert.deepEqual(ruled, [...layers, { match: DENSE, weightBits: 7 }]);
  const float = await settle(most, { reduceRange: "auto", activations: "float32" });
  assert.deepEqual(float.layers, []);
});
