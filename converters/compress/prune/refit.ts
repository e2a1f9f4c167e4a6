/**
 * Weights and bias of a layer fitted again to what the float layer gives, in closed form.
 * @module
 */
import { cholesky, solveRows } from "../../numeric/mod.ts";
import type { Moments } from "../statistics/mod.ts";

/** Share of the mean variance that holds new weights to the old ones. */
export const DAMPING = 0.01;

/** One layer's weights as rows. */
export interface Rows {
  /** [channels, depth]. */
  weights: Float64Array;
  /** [channels]. */
  bias: Float64Array;
}

/**
 * The W', zero outside of the columns S, and b' that minimise E‖W·x + b − W'·x̂ − b'‖² +
 * λ‖W' − W_S‖² for every output channel:
 *
 *   W'_S = (W·C_{:,S} + λ·W_S)·(H_SS + λI)⁻¹,  b' = b + W·E[x] − W'·E[x̂]
 *
 * with H = Cov(x̂), C = Cov(x, x̂), λ = 1% of the mean variance in S (He, Zhang and Sun 2017,
 * "Channel Pruning for Accelerating Very Deep Neural Networks", arXiv:1707.06168, §3.1, eq. 3; with
 * x̂ of the model that is pruned already, as there). Without full matrices W' is W_S and only the
 * means are matched.
 * @param stays which of each block's columns stay, [blocks · depth].
 */
export function refit({ weights, bias }: Rows, moments: Moments, stays: readonly boolean[]): Rows {
  const { blocks, depth, diagonal, mean, originalMean } = moments;
  const masked = maskRows({ weights, bias }, moments, stays).weights;
  const perBlock = bias.length / blocks;
  if (!diagonal) {
    for (let block = 0; block < blocks; block++) {
      fitBlock(weights, masked, moments, block, perBlock, stays);
    }
  }
  const shifted = bias.map((value, o) => {
    const at = Math.floor(o / perBlock) * depth;
    let sum = value;
    for (let k = 0; k < depth; k++) {
      sum += weights[o * depth + k] * originalMean[at + k] - masked[o * depth + k] * mean[at + k];
    }
    return sum;
  });
  return { weights: masked, bias: shifted };
}

/** The same layer without the columns that go. */
export function maskRows(
  { weights, bias }: Rows,
  { blocks, depth }: Pick<Moments, "blocks" | "depth">,
  stays: readonly boolean[],
): Rows {
  const perBlock = bias.length / blocks;
  const column = (i: number) => Math.floor(i / depth / perBlock) * depth + i % depth;
  return { weights: weights.map((w, i) => stays[column(i)] ? w : 0), bias };
}

/** Puts the solution of one block into `masked`, which holds W_S. */
function fitBlock(
  weights: Float64Array,
  masked: Float64Array,
  { depth, gram, cross, mean, originalMean }: Moments,
  block: number,
  perBlock: number,
  stays: readonly boolean[],
): void {
  const first = block * depth;
  const left = Array.from({ length: depth }, (_, k) => k).filter((k) => stays[first + k]);
  const size = left.length;
  const h = (i: number, j: number) =>
    gram[(first + i) * depth + j] - mean[first + i] * mean[first + j];
  const c = (i: number, j: number) =>
    cross[(first + i) * depth + j] - originalMean[first + i] * mean[first + j];
  const trace = left.reduce((sum, k) => sum + Math.max(0, h(k, k)), 0);
  const damping = DAMPING * trace / size;
  if (!(damping > 0)) return;
  const system = new Float64Array(size * size);
  left.forEach((k, i) => {
    for (let j = 0; j <= i; j++) system[i * size + j] = h(k, left[j]) + (i === j ? damping : 0);
  });
  const lower = cholesky(system, size);
  if (!lower) return;
  const crossed = Float64Array.from(
    { length: depth * size },
    (_, i) => c(Math.floor(i / size), left[i % size]),
  );
  const rows = new Float64Array(perBlock * size);
  for (let o = 0; o < perBlock; o++) {
    const row = (block * perBlock + o) * depth;
    for (let i = 0; i < size; i++) rows[o * size + i] = damping * weights[row + left[i]];
    for (let k = 0; k < depth; k++) {
      const w = weights[row + k];
      if (w === 0) continue;
      for (let i = 0; i < size; i++) rows[o * size + i] += w * crossed[k * size + i];
    }
  }
  solveRows(lower, size, rows);
  rows.forEach((value, i) => {
    masked[(block * perBlock + Math.floor(i / size)) * depth + left[i % size]] = value;
  });
}

/**
 * E‖W·x + b − W'·x̂ − b'‖², summed over the output channels; null without full matrices.
 */
export function outputError(old: Rows, made: Rows, moments: Moments): number | null {
  const { blocks, depth, diagonal, gram, cross, original, mean, originalMean } = moments;
  if (diagonal) return null;
  const perBlock = old.bias.length / blocks;
  let error = 0;
  for (let o = 0; o < old.bias.length; o++) {
    const first = Math.floor(o / perBlock) * depth;
    const w = old.weights.subarray(o * depth, (o + 1) * depth);
    const v = made.weights.subarray(o * depth, (o + 1) * depth);
    const gap = old.bias[o] - made.bias[o];
    let shift = 0;
    for (let i = 0; i < depth; i++) {
      shift += w[i] * originalMean[first + i] - v[i] * mean[first + i];
      if (w[i] === 0 && v[i] === 0) continue;
      const row = (first + i) * depth;
      let [sum, other] = [0, 0];
      for (let j = 0; j < depth; j++) {
        sum += original[row + j] * w[j] - 2 * cross[row + j] * v[j];
        other += gram[row + j] * v[j];
      }
      error += w[i] * sum + v[i] * other;
    }
    error += gap * gap + 2 * gap * shift;
  }
  return error;
}
