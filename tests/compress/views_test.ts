/** Calibration pictures in other views: how many, of what, and held out with what they were made of. */
import assert from "node:assert/strict";
import { viewsOf } from "../../converters/stages/views.ts";
import { isHeldOut } from "../../converters/stages/statistics.ts";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import type { Preprocess } from "../../runtime/format/model.ts";

const GRAPH = {
  ...{ name: "g", nodes: [], inputs: ["x"], outputs: [] },
  tensors: new Map([["x", { name: "x", dtype: "float32" as const, shape: [1, 4, 4, 1] }]]),
} as unknown as CoreGraph;
const GRAY = {
  ...{ color: "gray", layout: "NHWC", scale: 1, mean: [0], std: [1] },
} as unknown as Preprocess;

function dataset(preprocess: Preprocess | null): Dataset {
  const inputs = (i: number) =>
    Promise.resolve([Float32Array.from({ length: 16 }, (_, k) => i + k)]);
  return { preprocess, inputs } as unknown as Dataset;
}

Deno.test("views: every picture as it is, then others of it, the same for a seed", async () => {
  const samples = [5, 1, 7, 2, 9, 4];
  const recipe = completeRecipe({ views: 2, seed: 3 });
  const all = await viewsOf(GRAPH, dataset(GRAY), samples, recipe);
  assert.equal(all.length, 18);
  assert.deepEqual(all.slice(0, 6).map(({ inputs: [x] }) => x[0]), samples);
  all.forEach(({ place }, i) => {
    assert.equal(isHeldOut(place, all.length), isHeldOut(i % 6, all.length));
  });
  assert.equal(new Set(all.map(({ place }) => place)).size, 18);
  assert.equal(new Set(all.map(({ inputs: [x] }) => x.join())).size, 18);
  assert.deepEqual(await viewsOf(GRAPH, dataset(GRAY), samples, recipe), all);
});

Deno.test("views: none unless the recipe says so, and none of what is no picture", async () => {
  assert.equal((await viewsOf(GRAPH, dataset(GRAY), [0, 1], completeRecipe({}))).length, 2);
  const recipe = completeRecipe({ views: 2 });
  assert.equal((await viewsOf(GRAPH, dataset(null), [0, 1], recipe)).length, 2);
});
