/**
 * Pruning that fits the other weights again as it goes.
 * @module
 */
import { cholesky, inverse } from "../../numeric/mod.ts";
import type { PruningPlan } from "../../recipe/mod.ts";
import type { Moments } from "../statistics/mod.ts";
import type { Rows } from "./refit.ts";
import { ascending } from "./weight_scores.ts";
import { blockUnits, type Units } from "./weight_units.ts";

/** Share of the mean variance that is added to all variances. */
const DAMPING = 0.01;

/** Columns that a choice is made over at once. */
const COLUMNS = 128;

/**
 * SparseGPT (Frantar and Alistarh 2023, arXiv:2301.00774, algorithm 1): column by column, what goes
 * is made up for by the columns behind it. With U upper triangular, UᵀU = H⁻¹, H = Cov(x) + λI (the
 * bias takes up the means, b' = b + (W − W')·E[x]):
 *
 *   of every 128 columns those weights go whose w²/U_jj² is least (of blocks, those with the least mean),
 *   e = w_j / U_jj for those, W_{:,k} −= e·U_jk for all k ≥ j
 *
 * @param moments with full matrices.
 */
export function sparseGpt(rows: Rows, moments: Moments, plan: PruningPlan): Rows {
  const { blocks, depth, mean } = moments;
  const weights = rows.weights.slice();
  const size = weights.length / blocks;
  for (let block = 0; block < blocks; block++) {
    const upper = upperOf(moments, block);
    if (upper) sweep(weights.subarray(block * size, (block + 1) * size), depth, upper, plan);
  }
  const bias = rows.bias.map((value, o) => {
    const at = Math.floor(o * blocks / rows.bias.length) * depth;
    let sum = value;
    for (let k = 0; k < depth; k++) {
      sum += (rows.weights[o * depth + k] - weights[o * depth + k]) * mean[at + k];
    }
    return sum;
  });
  return { weights, bias };
}

/** U with UᵀU = (Cov(x) + λI)⁻¹: the transpose of its Cholesky factor. */
function upperOf({ depth, gram, mean }: Moments, block: number): Float64Array | null {
  const first = block * depth;
  const covariance = Float64Array.from({ length: depth * depth }, (_, i) => {
    const [row, column] = [Math.floor(i / depth), i % depth];
    return gram[first * depth + i] - mean[first + row] * mean[first + column];
  });
  let trace = 0;
  for (let k = 0; k < depth; k++) trace += Math.max(0, covariance[k * depth + k]);
  const damping = DAMPING * trace / depth || 1;
  for (let k = 0; k < depth; k++) covariance[k * depth + k] += damping;
  const lower = cholesky(covariance, depth);
  const factor = lower && cholesky(inverse(lower, depth), depth);
  return factor &&
    factor.map((_, i) => factor[(i % depth) * depth + Math.floor(i / depth)]);
}

/** Goes through the columns of rows [outputs, depth], which change. */
function sweep(
  weights: Float64Array,
  depth: number,
  upper: Float64Array,
  { share, pattern, block }: PruningPlan,
): void {
  const outputs = weights.length / depth;
  const wide = pattern
    ? pattern.of
    : Math.max(1, Math.floor(COLUMNS / block.inputs)) * block.inputs;
  for (let first = 0; first < depth; first += wide) {
    const width = Math.min(wide, depth - first);
    const scores = Float64Array.from({ length: outputs * width }, (_, i) => {
      const column = first + i % width;
      const w = weights[Math.floor(i / width) * depth + column];
      return (w / upper[column * depth + column]) ** 2;
    });
    const goes = pattern
      ? lastOfRows(scores, width, Math.max(0, width - pattern.keep))
      : leastOf(blockUnits(scores, width, block, "l1"), share);
    for (let j = 0; j < width; j++) {
      const column = first + j;
      for (let o = 0; o < outputs; o++) {
        if (!goes.has(o * width + j)) continue;
        const error = weights[o * depth + column] / upper[column * depth + column];
        for (let k = column; k < depth; k++) {
          weights[o * depth + k] -= error * upper[column * depth + k];
        }
        weights[o * depth + column] = 0;
      }
    }
  }
}

/** Weights in that share of the units that has the least scores. */
function leastOf({ scores, of }: Units, share: number): Set<number> {
  const goes = new Set(ascending(scores).subarray(0, Math.round(share * scores.length)));
  return new Set(of.keys().filter((i) => goes.has(of[i])));
}

/** The `count` least of every row. */
function lastOfRows(scores: Float64Array, width: number, count: number): Set<number> {
  const goes = new Set<number>();
  for (let row = 0; row < scores.length; row += width) {
    const places = Array.from({ length: width }, (_, i) => row + i);
    places.sort((a, b) => scores[b] - scores[a] || a - b);
    for (const place of places.slice(width - count)) goes.add(place);
  }
  return goes;
}
