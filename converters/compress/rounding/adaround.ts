/**
 * AdaRound: whether each weight goes up or down is learned, for all weights of a row at once.
 * @module
 */
import { transposed, transposedProduct } from "../../numeric/mod.ts";
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
  const { length } = target;
  const stepOf = (i: number) => grids[Math.floor(i / depth)].step;
  const [below, width, shares] = [0, 1, 2].map(() => new Float64Array(length));
  // What rounding a row costs: rows count alike, whatever their steps.
  const costs = new Float64Array(grids.length);
  target.forEach((t, i) => {
    const [row, k] = [Math.floor(i / depth), i % depth];
    const x = t / stepOf(i);
    const [low, high] = grids[row].around(k, x);
    below[i] = low;
    width[i] = high - low;
    shares[i] = width[i] ? Math.max(0, Math.min(1, (x - low) / width[i])) : 0;
    costs[row] += gram[k * depth + k] * (stepOf(i) * width[i]) ** 2 / 12;
  });
  const soft = new SoftRounding(
    below.map((low, i) => stepOf(i) * low),
    width.map((wide, i) => stepOf(i) * wide),
    shares,
  );
  const matrix = Float32Array.from(gram);
  const errors = new Float32Array(length);
  const gradient = new Float32Array(length);
  for (let n = 1; n <= STEPS; n++) {
    soft.write(errors);
    for (let i = 0; i < length; i++) {
      errors[i] = 2 * (errors[i] - target[i]) / (costs[Math.floor(i / depth)] || 1);
    }
    transposedProduct(transposed(errors, grids.length), matrix, depth, gradient);
    soft.step(gradient, n / STEPS, RATE, LAMBDA / depth);
  }
  return Int8Array.from(below, (low, i) => soft.h[i] >= 0.5 ? low + width[i] : low);
}
