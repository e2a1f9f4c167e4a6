/**
 * The error of a layer's outputs.
 * @module
 */
import type { Moments } from "../statistics/mod.ts";

/** Weights as rows [channels, depth] and a bias of each channel. */
export interface Linear {
  rows: Float64Array;
  bias: Float64Array;
}

/**
 * Mean squared error of every channel's output when `to` computes on compressed inputs what `from`
 * computes on the float model's (formula in statistics/moments.ts).
 */
export function outputErrors(moments: Moments, from: Linear, to: Linear): Float64Array {
  const { depth, blocks, originalMean, mean } = moments;
  const channels = from.bias.length;
  return from.bias.map((bias, o) => {
    const block = Math.floor(o * blocks / channels);
    const w = from.rows.subarray(o * depth, (o + 1) * depth);
    const v = to.rows.subarray(o * depth, (o + 1) * depth);
    const offset = bias - to.bias[o] + dot(w, originalMean, block) - dot(v, mean, block);
    const variance = covariance(moments, "original", block, w, w) -
      2 * covariance(moments, "cross", block, w, v) + covariance(moments, "gram", block, v, v);
    return Math.max(0, variance) + offset * offset;
  });
}

/** Variance of every channel's output in the float model. */
export function outputVariances(moments: Moments, { rows, bias }: Linear): Float64Array {
  const { depth, blocks } = moments;
  return bias.map((_, o) => {
    const row = rows.subarray(o * depth, (o + 1) * depth);
    const block = Math.floor(o * blocks / bias.length);
    return Math.max(0, covariance(moments, "original", block, row, row));
  });
}

/** Σ aᵢ·mean[block][i]. */
function dot(a: Float64Array, mean: Float32Array, block: number): number {
  const from = block * a.length;
  return a.reduce((sum, value, i) => sum + value * mean[from + i], 0);
}

/**
 * Covariance of a·x and b·x′. Where only diagonals are kept, inputs count as uncorrelated, but not
 * their means.
 */
function covariance(
  moments: Moments,
  kind: "original" | "cross" | "gram",
  block: number,
  a: Float64Array,
  b: Float64Array,
): number {
  const { depth, diagonal, originalMean, mean } = moments;
  const first = kind === "gram" ? mean : originalMean;
  const second = kind === "original" ? originalMean : mean;
  const at = block * depth;
  let sum = 0;
  if (diagonal) {
    for (let i = 0; i < depth; i++) {
      sum += a[i] * b[i] * (moments[kind][at + i] - first[at + i] * second[at + i]);
    }
    return sum;
  }
  for (let i = 0; i < depth; i++) {
    if (a[i] === 0) continue;
    const from = (at + i) * depth;
    let row = 0;
    for (let j = 0; j < depth; j++) row += moments[kind][from + j] * b[j];
    sum += a[i] * row;
  }
  return sum - dot(a, first, block) * dot(b, second, block);
}
