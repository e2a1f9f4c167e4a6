/** Which way to find ranges is taken, by what outputs lose on samples that the ranges never saw. */
import assert from "node:assert/strict";
import { chooseRanges, leastLoss } from "../../converters/stages/choose_ranges.ts";
import { completeRecipe, type Recipe } from "../../converters/recipe/mod.ts";
import type { Dataset } from "../../converters/data/mod.ts";
import { denseGraph } from "../helpers/float_graphs.ts";
import { noise } from "../helpers/small_models.ts";

const LOSSES: [title: string, losses: number[][], wanted: number][] = [
  ["the least, where all samples say so", [[4, 8, 4, 8], [2, 4, 2, 4], [1, 2, 1, 2]], 2],
  ["the first, where others win as often as they lose", [[1, 1, 1, 1], [2, 0.5, 2, 0.5]], 0],
  ["the first, where the gain is less than its error", [[1, 1, 1, 1], [0.9, 0.1, 1.1, 1.1]], 0],
  ["the first, where few lose more than all others gain", [[1, 1, 1, 1], [0.5, 0.5, 0.5, 5]], 0],
  ["the first of equal ones", [[3, 1], [3, 1]], 0],
  ["the first, where nothing is lost", [[0, 0], [0, 0]], 0],
];

for (const [title, losses, wanted] of LOSSES) {
  Deno.test(`of losses: ${title}`, () => assert.equal(leastLoss(losses), wanted));
}

const DEPTH = 64;
const SAMPLES = 40;

/** Two classes by the first values; the last one counts for nothing, but in one sample it is huge. */
function setting(outlier: number) {
  const rows = [1, 2].map((seed) => [...noise(DEPTH - 1, seed), 0]);
  const asked = new Set<number>();
  const dataset: Dataset = {
    ...{ count: 2 * SAMPLES, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => {
      asked.add(i);
      const values = noise(DEPTH, 10 + i);
      if (i === 2) values[DEPTH - 1] = outlier;
      return Promise.resolve([values]);
    },
  };
  const indices = Array.from({ length: SAMPLES }, (_, i) => i);
  const others = indices.map((i) => SAMPLES + i);
  const samples = {
    ...{ split: null, evaluation: { dataset, indices: others } },
    calibration: { dataset, indices },
  };
  return { core: denseGraph(rows), samples, asked };
}

const CHOSEN: [title: string, outlier: number, given: Partial<Recipe>, wanted: string][] = [
  ["an outlier that is worth clipping", 1000, { percentile: 99 }, "percentile"],
  ["the same, but all is float", 1000, { weights: "float32" }, "minmax"],
  ["the same, but something was given", 1000, { calibrate: "ema" }, "ema"],
  ["no outlier", 1, {}, "minmax"],
];

for (const [title, outlier, given, wanted] of CHOSEN) {
  Deno.test(`ranges of ${title}: ${wanted}, without a look at what is evaluated`, async () => {
    const { core, samples, asked } = setting(outlier);
    const layers = [{ match: "*", weightBits: 4 }];
    const recipe = completeRecipe({ layers, ...given });
    const chosen = await chooseRanges(core, samples, recipe, () => {});
    assert.deepEqual(chosen, { ...recipe, calibrate: wanted });
    assert.ok([...asked].every((i) => i < SAMPLES));
  });
}

Deno.test("ranges are found on all samples but the part that they are compared on", async () => {
  // 128 of 160 samples are compared on, the last one is not, and only there a value is huge.
  const { core, samples } = setting(1);
  const { dataset } = samples.calibration;
  const indices = Array.from({ length: 160 }, (_, i) => i);
  const rare = {
    ...dataset,
    inputs: async (i: number) => {
      const [values] = await dataset.inputs(i);
      if (i === 159) values[DEPTH - 1] = 1000;
      return [values];
    },
  };
  const given = { ...samples, calibration: { dataset: rare, indices } };
  const layers = [{ match: "*", weightBits: 4 }];
  const recipe = completeRecipe({ layers, percentile: 99 });
  const chosen = await chooseRanges(core, given, recipe, () => {});
  assert.equal(chosen.calibrate, "percentile");
});

Deno.test("layers with a way of their own keep it", async () => {
  const { core, samples } = setting(1000);
  const layers = [{ match: "*", calibrate: "octav" }, { match: "*", weightBits: 7 }] as const;
  const recipe = completeRecipe({ percentile: 99, layers: [...layers] });
  const chosen = await chooseRanges(core, samples, recipe, () => {});
  assert.deepEqual([chosen.calibrate, chosen.layers], ["percentile", layers]);
});

Deno.test("without samples, or with a single one, all values make the range", async () => {
  const { core, samples } = setting(1000);
  for (const indices of [null, [2]]) {
    const calibration = indices && { ...samples.calibration, indices };
    const given = { ...samples, calibration };
    const chosen = await chooseRanges(core, given, completeRecipe({ percentile: 99 }), () => {});
    assert.equal(chosen.calibrate, "minmax");
  }
});
