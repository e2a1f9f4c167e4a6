/**
 * The step of a row of weights on given levels, by weighted squared error.
 * @module
 */
import { type Levels, nearestLevel } from "./levels.ts";

/** Steps that are tried, as shares of that which just reaches the largest weight. */
const SHARES = Array.from({ length: 29 }, (_, i) => 1 - i / 40);
/** Alternations of nearest level and best step. */
const ROUNDS = 6;

/** A step and what it costs. */
export interface FoundStep {
  step: number;
  /** Σ h(w − step·level(w))². */
  error: number;
}

/**
 * The step s that minimises Σ hᵢ(wᵢ − s·q(wᵢ/s))²: several starts below the step that clips
 * nothing, each improved in turn by s = Σhwq / Σhq² for the levels it gives (Lloyd 1982; the
 * clipping of Sakr et al. 2022, "Optimal Clipping and Magnitude-aware Differentiation" (OCTAV), is
 * the stationary point of the same alternation).
 * @param row weights.
 * @param importance h, for example the diagonal of the Gram matrix.
 * @param levels with a value other than 0.
 * @param first smallest step allowed.
 */
export function searchStep(
  row: ArrayLike<number>,
  importance: ArrayLike<number>,
  levels: Levels,
  first = 0,
): FoundStep {
  const { values } = levels;
  const reach = Math.max(-values[0], values[values.length - 1]);
  let largest = 0;
  for (let i = 0; i < row.length; i++) largest = Math.max(largest, Math.abs(row[i]));
  if (largest === 0) return { step: first || 1, error: 0 };
  let best: FoundStep = { step: 1, error: Infinity };
  for (const share of SHARES) {
    let step = Math.max(share * largest / reach, first);
    for (let round = 0; round < ROUNDS; round++) {
      const { error, fitted } = errorAt(row, importance, levels, step);
      if (error < best.error) best = { step, error };
      const next = Math.max(fitted, first);
      if (!(next > 0) || Math.abs(next - step) < 1e-6 * step) break;
      step = next;
    }
  }
  return best;
}

/** Σ h(w − s·q)² and the step that is best for these q. */
function errorAt(
  row: ArrayLike<number>,
  importance: ArrayLike<number>,
  levels: Levels,
  step: number,
): { error: number; fitted: number } {
  let error = 0;
  let cross = 0;
  let square = 0;
  for (let i = 0; i < row.length; i++) {
    const q = nearestLevel(levels, row[i] / step);
    const h = importance[i];
    error += h * (row[i] - step * q) ** 2;
    cross += h * row[i] * q;
    square += h * q * q;
  }
  return { error, fitted: square > 0 ? cross / square : 0 };
}
