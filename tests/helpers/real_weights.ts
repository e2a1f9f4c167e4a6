/** Weights of the shared models on the grids that quantizers use. */
import { quantizeWeights } from "../../converters/compress/quantize_weights.ts";
import { weightsOf } from "../../converters/compress/weighted.ts";
import { readSource } from "../../converters/stages/read_source.ts";
import { layoutOf } from "../../runtime/format/unpack/unpack.ts";
import { sharedModel } from "./shared.ts";
import type { Weights } from "./weights.ts";

/**
 * int8 weights of every layer of a shared model, each channel to its largest. Input and output channels
 * of zeros are left out, as they are of what is shipped.
 */
export async function realWeights(model: string): Promise<Weights[]> {
  const { core } = await readSource(sharedModel(model), {});
  return core.nodes.flatMap((node) => {
    const weights = weightsOf(core, node);
    if (!weights) return [];
    const { data, shape, axis } = weights;
    const living = live({
      shape: [...shape],
      values: quantizeWeights(data, shape, axis, 127).data,
    });
    return living.values.length ? [living] : [];
  });
}

function live({ values, shape }: Weights): Weights {
  const { rows, height, width, depth } = layoutOf(shape);
  const run = height * width * depth;
  const rowMask = Array.from(
    { length: rows },
    (_, row) => values.subarray(row * run, (row + 1) * run).some((value) => value),
  );
  const columnMask = new Array<boolean>(depth).fill(false);
  values.forEach((value, i) => columnMask[i % depth] ||= value !== 0);
  const count = (mask: readonly boolean[]) => mask.filter(Boolean).length;
  const rest = shape.length > 2 ? [height, width] : [];
  return {
    shape: [...rows > 1 || shape.length !== 3 ? [count(rowMask)] : [], ...rest, count(columnMask)],
    values: values.filter((_, i) => rowMask[Math.floor(i / run)] && columnMask[i % depth]),
  };
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
