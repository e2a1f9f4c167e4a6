/**
 * AdaRound: whether each weight goes up or down is learned, for all weights of a row at once.
 * @module
 */
import type { RowGrid } from "./row_grid.ts";

/** Stretch of the sigmoid, so that it reaches 0 and 1. */
const [ZETA, GAMMA] = [1.1, -0.1];
/** Weight of the regulariser for one weight, in shares of what rounding one costs on average. */
const LAMBDA = 4;
/** Share of the steps before the regulariser acts. */
const WARM = 0.2;
/** β at the beginning and at the end: only decisions that are nearly made are pushed at first. */
const [BETA_START, BETA_END] = [20, 2];
const STEPS = 500;
const RATE = 0.05;
/** Adam's decays and the guard of its division. */
const [DECAY1, DECAY2, TINY] = [0.9, 0.999, 1e-12];

/**
 * Minimises (t − ŵ)·H·(t − ŵ)ᵀ + λ·Σ(1 − |2h(V) − 1|^β) over V by Adam (Nagel et al. 2020, "Up or
 * Down? Adaptive Rounding for Post-Training Quantization", arXiv:2004.10568, eq. 21–24), where
 * ŵ = s·(below + (above − below)·h(V)) lies between the two levels around t / s and
 * h(V) = clip(σ(V)·(ζ − γ) + γ, 0, 1). The gradient is that over all columns, by H. β falls from 20
 * to 2, after which every h is 0 or 1.
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
  const v = new Float64Array(depth);
  target.forEach((t, k) => {
    const [low, high] = grid.around(k, t / step);
    below[k] = low;
    width[k] = high - low;
    const share = width[k] ? Math.max(0, Math.min(1, (t / step - low) / width[k])) : 0;
    // σ(V)·(ζ − γ) + γ = share
    v[k] = -Math.log((ZETA - GAMMA) / (share - GAMMA) - 1);
  });
  const h = new Float64Array(depth);
  const error = new Float64Array(depth);
  const gradient = new Float64Array(depth);
  const first = new Float64Array(depth);
  const second = new Float64Array(depth);
  let scale = 0;
  for (let k = 0; k < depth; k++) scale += gram[k * depth + k] * (step * width[k]) ** 2 / 12;
  const lambda = LAMBDA * scale / depth;
  for (let n = 1; n <= STEPS; n++) {
    const time = Math.max(0, (n / STEPS - WARM) / (1 - WARM));
    const beta = BETA_END + (BETA_START - BETA_END) * (1 + Math.cos(Math.PI * time)) / 2;
    for (let k = 0; k < depth; k++) {
      h[k] = Math.max(0, Math.min(1, sigmoid(v[k]) * (ZETA - GAMMA) + GAMMA));
      error[k] = target[k] - step * (below[k] + width[k] * h[k]);
    }
    gradient.fill(0);
    for (let i = 0; i < depth; i++) {
      const e = error[i];
      const from = i * depth;
      for (let k = 0; k < depth; k++) gradient[k] += e * gram[from + k];
    }
    for (let k = 0; k < depth; k++) {
      const s = sigmoid(v[k]);
      const slope = h[k] > 0 && h[k] < 1 ? s * (1 - s) * (ZETA - GAMMA) : 0;
      const away = 2 * h[k] - 1;
      const push = time > 0
        ? -lambda * beta * 2 * Math.abs(away) ** (beta - 1) * Math.sign(away)
        : 0;
      const g = (-2 * gradient[k] * step * width[k] + push) * slope;
      first[k] = DECAY1 * first[k] + (1 - DECAY1) * g;
      second[k] = DECAY2 * second[k] + (1 - DECAY2) * g * g;
      const mean = first[k] / (1 - DECAY1 ** n);
      v[k] -= RATE * mean / (Math.sqrt(second[k] / (1 - DECAY2 ** n)) + TINY);
    }
  }
  return Int8Array.from(below, (low, k) => h[k] >= 0.5 ? low + width[k] : low);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
