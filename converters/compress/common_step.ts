/**
 * Weights that were whole numbers of one step before they came here.
 * @module
 */

/** Fewer weights may lie on a grid by chance. */
const FEWEST = 64;

/** Part of a step that float32 may have taken weights off their grid. */
const OFF_GRID = 2 ** -10;

/**
 * The widest step of which all weights are whole multiples, at most `limit` of it; null where there is
 * none. A tool that stores weights as integers and computes in float leaves them so: with this step they
 * are the same weights again, while steps of single channels would round them once more.
 *
 * Only max|w| / k can be such a step, for k = 1…limit; the smallest k that fits is it. Weights of
 * [0.5, −0.25, 1.5] give 0.25, with k = 6.
 */
export function commonStep(weights: Float32Array, limit: number): number | null {
  if (weights.length < FEWEST) return null;
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  if (!largest) return null;
  for (let k = 1; k <= limit; k++) {
    const steps = k / largest;
    if (weights.every((weight) => isNearWhole(weight * steps))) return largest / k;
  }
  return null;
}

const isNearWhole = (x: number) => Math.abs(x - Math.round(x)) <= OFF_GRID;
