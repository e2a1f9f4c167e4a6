/**
 * Residual binary weights: a sum of M binary weights, w ≈ Σ αₘ·bₘ with bₘ = ±1.
 * @module
 */
import { roundHalfEven } from "../quantize_weights.ts";
import { type Levels, levelsOf } from "./levels.ts";

/** Largest level. */
const REACH = 127;
const ROUNDS = 8;

/**
 * The 2^M levels of a channel. Greedily αₘ = Σh|r| / Σh of what the bases before left over
 * (Ghasemzadeh et al. 2018, "ReBNet", arXiv:1711.01243), then in turn the nearest sum for every
 * weight and all α at once by least squares, α = (BHBᵀ)⁻¹BHw (Lin et al. 2017, "Towards Accurate
 * Binary Convolutional Neural Network", arXiv:1711.11294). The sums are then rounded to multiples
 * of the step Σα / 127.
 * @param row weights.
 * @param importance h, diagonal.
 * @param bases M, 2 or 3.
 */
export function residualBinary(
  row: Float64Array,
  importance: ArrayLike<number>,
  bases: number,
): { step: number; levels: Levels } {
  let alphas = greedy(row, importance, bases);
  for (let round = 0; round < ROUNDS; round++) {
    const next = refit(row, importance, alphas);
    if (!next) break;
    alphas = next;
  }
  const reach = alphas.reduce((sum, alpha) => sum + Math.abs(alpha), 0);
  const step = reach > 0 ? reach / REACH : 1;
  return { step, levels: levelsOf(sumsOf(alphas).map((sum) => roundHalfEven(sum / step))) };
}

function greedy(row: Float64Array, importance: ArrayLike<number>, bases: number): number[] {
  const rest = row.slice();
  return Array.from({ length: bases }, () => {
    let sum = 0;
    let weight = 0;
    rest.forEach((value, i) => {
      sum += importance[i] * Math.abs(value);
      weight += importance[i];
    });
    const alpha = weight > 0 ? sum / weight : 0;
    rest.forEach((value, i) => rest[i] = value - (value < 0 ? -alpha : alpha));
    return alpha;
  });
}

/** All sums ±α₁ ± … ±α_M; bit m of the index says whether αₘ is taken off. */
function sumsOf(alphas: readonly number[]): number[] {
  return Array.from(
    { length: 2 ** alphas.length },
    (_, code) => alphas.reduce((sum, alpha, m) => sum + (code >> m & 1 ? -alpha : alpha), 0),
  );
}

/** The α that are best for the signs that the present ones give, or null where there are none. */
function refit(
  row: Float64Array,
  importance: ArrayLike<number>,
  alphas: readonly number[],
): number[] | null {
  const bases = alphas.length;
  const sums = sumsOf(alphas);
  const matrix = Array.from({ length: bases }, () => new Float64Array(bases + 1));
  row.forEach((value, i) => {
    let code = 0;
    sums.forEach((sum, other) => {
      if (Math.abs(value - sum) < Math.abs(value - sums[code])) code = other;
    });
    for (let a = 0; a < bases; a++) {
      const sign = code >> a & 1 ? -1 : 1;
      for (let b = 0; b < bases; b++) {
        matrix[a][b] += importance[i] * (code >> b & 1 ? -sign : sign);
      }
      matrix[a][bases] += importance[i] * sign * value;
    }
  });
  return eliminate(matrix);
}

/** Gauss's elimination of [A | b]; null where A is singular. */
function eliminate(matrix: Float64Array[]): number[] | null {
  const size = matrix.length;
  for (let k = 0; k < size; k++) {
    if (!(Math.abs(matrix[k][k]) > 1e-12 * Math.abs(matrix[0][0]))) return null;
    for (let i = 0; i < size; i++) {
      if (i === k) continue;
      const factor = matrix[i][k] / matrix[k][k];
      for (let j = k; j <= size; j++) matrix[i][j] -= factor * matrix[k][j];
    }
  }
  return matrix.map((row, k) => row[size] / row[k]);
}
