/**
 * AdaRound: whether each weight goes up or down is learned, for all weights of a row at once.
 * @module
 */
import type { RowGrid } from "./row_grid.ts";
import { SoftRounding } from "./soft_rounding.ts";

/** Weight of the regulariser for one weight, in shares of what rounding one costs on average. */
const LAMBDA = 4;
const STEPS = 500;
const RATE = 0.05;

/**
 * Minimises (t − ŵ)·H·(t − ŵ)ᵀ + λ·Σ(1 − |2h(V) − 1|^β) over V by Adam (Nagel et al. 2020, "Up or
 * Down? Adaptive Rounding for Post-Training Quantization", arXiv:2004.10568, eq. 21–24; h and β in
 * soft_rounding.ts), where ŵ = s·(below + (above − below)·h(V)) lies between the two levels around
 * t / s. The gradient is that over all columns, by H.
 * @param gram H [depth, depth].
 * @param target t [rows, depth].
 * @returns q [rows, depth].
 */
export function adaround(
  gram: Float64Array,
  depth: number,
  target: Float64Array,
  grids: readonly RowGrid[],
): Int8Array {
  const integers = new Int8Array(target.length);
  grids.forEach((grid, row) => {
    const t = target.subarray(row * depth, (row + 1) * depth);
    integers.set(roundRow(gram, t, grid), row * depth);
  });
  return integers;
}

function roundRow(gram: Float64Array, target: Float64Array, grid: RowGrid): Int8Array {
  const depth = target.length;
  const { step } = grid;
  const below = new Float64Array(depth);
  const width = new Float64Array(depth);
  const shares = new Float64Array(depth);
  let scale = 0;
  target.forEach((t, k) => {
    const [low, high] = grid.around(k, t / step);
    below[k] = low;
    width[k] = high - low;
    shares[k] = width[k] ? Math.max(0, Math.min(1, (t / step - low) / width[k])) : 0;
    scale += gram[k * depth + k] * (step * width[k]) ** 2 / 12;
  });
  const soft = new SoftRounding(
    below.map((low) => step * low),
    width.map((wide) => step * wide),
    shares,
  );
  const error = new Float64Array(depth);
  const gradient = new Float64Array(depth);
  for (let n = 1; n <= STEPS; n++) {
    soft.write(error);
    gradient.fill(0);
    for (let i = 0; i < depth; i++) {
      const e = 2 * (error[i] - target[i]);
      const from = i * depth;
      for (let k = 0; k < depth; k++) gradient[k] += e * gram[from + k];
    }
    soft.step(gradient, n / STEPS, RATE, LAMBDA * scale / depth);
  }
  return Int8Array.from(below, (low, k) => soft.h[k] >= 0.5 ? low + width[k] : low);
}
