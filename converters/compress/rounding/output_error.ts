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
  const { depth, blocks, diagonal } = moments;
  const channels = from.bias.length;
  return from.bias.map((bias, o) => {
    const block = Math.floor(o * blocks / channels);
    const w = from.rows.subarray(o * depth, (o + 1) * depth);
    const v = to.rows.subarray(o * depth, (o + 1) * depth);
    const size = diagonal ? depth : depth * depth;
    const part = (matrix: Float32Array) => matrix.subarray(block * size, (block + 1) * size);
    const form = diagonal ? diagonalForm : bilinearForm;
    const [x, xHat] = [moments.originalMean, moments.mean].map((mean) =>
      mean.subarray(block * depth, (block + 1) * depth)
    );
    let means = 0;
    for (let k = 0; k < depth; k++) means += w[k] * x[k] - v[k] * xHat[k];
    const offset = bias - to.bias[o];
    const square = form(part(moments.original), w, w) - 2 * form(part(moments.cross), w, v) +
      form(part(moments.gram), v, v);
    return Math.max(0, square + offset * offset + 2 * offset * means);
  });
}

/** a·M·bᵀ. */
function bilinearForm(matrix: Float32Array, a: Float64Array, b: Float64Array): number {
  const { length } = a;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    if (a[i] === 0) continue;
    const from = i * length;
    let row = 0;
    for (let j = 0; j < length; j++) row += matrix[from + j] * b[j];
    sum += a[i] * row;
  }
  return sum;
}

/** The same of a diagonal matrix. */
function diagonalForm(matrix: Float32Array, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * matrix[i] * b[i];
  return sum;
}
