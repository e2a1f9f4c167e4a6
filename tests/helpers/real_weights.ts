/** Weights of the shared models as they are shipped, and made weights on the grids that quantizers use. */
import { convert, type Recipe } from "../../mod.ts";
import { sharedModel } from "./shared.ts";
import type { Weights } from "./weights.ts";

/** What weights are converted to, by the names of `GRIDS`. */
export const RECIPES: Record<string, Partial<Recipe>> = {
  int8: {},
  int4: { weights: "int4" },
  ternary: { weights: "ternary" },
  codebook: { weights: "codebook:16" },
};

/** Rounded without a look at the data: quick, and as hard to code. */
export const QUICKLY: Partial<Recipe> = {
  ...{ round: "plain", biasCorrection: false, calibrate: "minmax", calibrationSamples: 4 },
};

/** int8 weights of every layer of a shared model, as they stand in a file that is coded. */
export async function realWeights(name: string, recipe: Partial<Recipe>): Promise<Weights[]> {
  const { model } = await convert({
    model: sharedModel(name),
    data: sharedModel(name, "data.json"),
    recipe: { ...recipe, coder: "auto", dims: { batch: 1 } },
  });
  return model.tensors.flatMap(({ data, dtype, shape }) =>
    data && dtype === "int8" && shape.length > 1
      ? [{ shape: [...shape], values: new Int8Array(data.slice().buffer) }]
      : []
  );
}

/** The same weights on coarser grids, by rounding. */
export const GRIDS: Record<string, (weights: Weights) => Weights> = {
  int8: (weights) => weights,
  int4: byValue((value) => Math.max(-8, Math.min(7, Math.round(value / 15)))),
  ternary: (weights) => {
    const mean = weights.values.reduce((sum, value) => sum + Math.abs(value), 0) /
      weights.values.length;
    return byValue((value) => Math.abs(value) > 0.7 * mean ? Math.sign(value) : 0)(weights);
  },
  codebook: (weights) => {
    const table = clusters(weights.values, 16);
    return byValue((value) => nearest(table, value))(weights);
  },
};

function byValue(change: (value: number) => number): (weights: Weights) => Weights {
  return ({ values, shape }) => ({ shape, values: values.map(change) });
}

function nearest(table: readonly number[], value: number): number {
  return table.reduce((best, entry) =>
    Math.abs(entry - value) < Math.abs(best - value) ? entry : best
  );
}

/** Means of k clusters, by Lloyd's method from even quantiles. */
function clusters(values: Int8Array, k: number): number[] {
  const sorted = values.toSorted();
  let table = Array.from(
    { length: k },
    (_, i) => sorted[Math.floor((i + 0.5) * sorted.length / k)],
  );
  for (let pass = 0; pass < 8; pass++) {
    const sums = new Map(table.map((entry) => [entry, [0, 0]]));
    for (const value of values) {
      const sum = sums.get(nearest(table, value))!;
      sum[0] += value;
      sum[1]++;
    }
    table = [...sums].map(([entry, [sum, count]]) => count ? Math.round(sum / count) : entry);
  }
  return [...new Set(table)];
}
