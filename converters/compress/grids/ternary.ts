/**
 * The best ternary and binary steps.
 * @module
 */

/**
 * Ternary: the step s that minimises Σ h(w − s·t)² over t ∈ {−1, 0, 1} exactly. For a given set of
 * weights that are not 0, s = Σh|w| / Σh, and the error falls by (Σh|w|)² / Σh. The best set has
 * the largest |w|, those above s/2; so of all sets of largest |w|, the one with the largest fall is
 * taken. (Li et al. 2016, "Ternary Weight Networks", arXiv:1605.04711, eq. 5–6, which then
 * approximates; sorting is exact.)
 * @param row weights.
 * @param importance h > 0.
 */
export function ternaryStep(row: ArrayLike<number>, importance: ArrayLike<number>): number {
  const order = Array.from({ length: row.length }, (_, i) => i)
    .sort((a, b) => Math.abs(row[b]) - Math.abs(row[a]));
  let sum = 0;
  let weight = 0;
  let best = 0;
  let step = 1;
  for (const i of order) {
    sum += importance[i] * Math.abs(row[i]);
    weight += importance[i];
    if (weight > 0 && sum * sum > best * weight) {
      best = sum * sum / weight;
      step = sum / weight;
    }
  }
  return step;
}

/**
 * Binary: s = Σh|w| / Σh is best for t = sign(w) (Rastegari et al. 2016, "XNOR-Net",
 * arXiv:1603.05279, eq. 6, weighted).
 */
export function binaryStep(row: ArrayLike<number>, importance: ArrayLike<number>): number {
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < row.length; i++) {
    sum += importance[i] * Math.abs(row[i]);
    weight += importance[i];
  }
  return sum > 0 ? sum / weight : 1;
}
