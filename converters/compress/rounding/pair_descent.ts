/**
 * Descent by pairs: two weights change at once, where no single one can do better.
 * @module
 */
import type { RowGrid } from "./row_grid.ts";

/** Sweeps over a row, at most. */
const SWEEPS = 20;
/** Columns that each column is paired with. */
const PARTNERS = 8;

/**
 * Minimises (t − s·q)·H·(t − s·q)ᵀ over qᵢ and qⱼ together, each going to the next level: by a and b
 * the error changes by s²(a²Hᵢᵢ + 2abHᵢⱼ + b²Hⱼⱼ) − 2s(agᵢ + bgⱼ), g = (t − s·q)·H. It is a descent
 * in a larger neighbourhood than that of coordinate_descent.ts (2-opt; Aarts and Lenstra 2003,
 * "Local Search in Combinatorial Optimization", ch. 1). Of the other columns, the eight that are most
 * correlated with the first one are tried, as little is to be had from others.
 * @param gram H [depth, depth], its diagonal positive.
 * @param target t [rows, depth].
 * @param integers q [rows, depth], improved in place.
 */
export function pairDescent(
  gram: Float64Array,
  depth: number,
  target: Float64Array,
  grids: readonly RowGrid[],
  integers: Int8Array,
): void {
  const partners = partnersOf(gram, depth);
  const gradient = new Float64Array(depth);
  grids.forEach((grid, row) => {
    const { step } = grid;
    const q = integers.subarray(row * depth, (row + 1) * depth);
    gradient.fill(0);
    for (let i = 0; i < depth; i++) {
      const error = target[row * depth + i] - step * q[i];
      const from = i * depth;
      for (let j = 0; j < depth; j++) gradient[j] += error * gram[from + j];
    }
    /** What the error changes by if one weight goes `by` real units. */
    const change = (i: number, by: number, slope: number) =>
      by * (by * gram[i * depth + i] - 2 * slope);
    const move = (i: number, level: number) => {
      const shift = step * (level - q[i]);
      q[i] = level;
      for (let k = 0, from = i * depth; k < depth; k++) gradient[k] -= shift * gram[from + k];
    };
    for (let sweep = 0, changed = true; changed && sweep < SWEEPS; sweep++) {
      changed = false;
      for (let i = 0; i < depth; i++) {
        for (const up of [true, false]) {
          const level = grid.beside(i, q[i], up);
          if (level === q[i]) continue;
          const shift = step * (level - q[i]);
          const alone = change(i, shift, gradient[i]);
          // Rounding errors of sums are no gain.
          let least = -1e-9 * gram[i * depth + i] * step * step;
          let [partner, other] = [-1, 0];
          for (let n = i * PARTNERS; n < (i + 1) * PARTNERS && partners[n] >= 0; n++) {
            const j = partners[n];
            const slope = gradient[j] - shift * gram[i * depth + j];
            const next = grid.beside(j, q[j], slope > 0);
            if (next === q[j]) continue;
            const both = alone + change(j, step * (next - q[j]), slope);
            if (both < least) [least, partner, other] = [both, j, next];
          }
          if (partner < 0) continue;
          changed = true;
          move(i, level);
          move(partner, other);
        }
      }
    }
  });
}

/** For every column those with the largest |Hᵢⱼ| / √Hⱼⱼ, [depth, PARTNERS]; −1 where there are less. */
function partnersOf(gram: Float64Array, depth: number): Int32Array {
  const partners = new Int32Array(depth * PARTNERS).fill(-1);
  const roots = Float64Array.from({ length: depth }, (_, j) => Math.sqrt(gram[j * depth + j]));
  const strength = (i: number, j: number) => Math.abs(gram[i * depth + j]) / roots[j];
  for (let i = 0; i < depth; i++) {
    const own = partners.subarray(i * PARTNERS, (i + 1) * PARTNERS);
    for (let j = 0; j < depth; j++) {
      if (j === i) continue;
      const value = strength(i, j);
      let at = PARTNERS;
      while (at > 0 && (own[at - 1] < 0 || strength(i, own[at - 1]) < value)) at--;
      if (at === PARTNERS) continue;
      own.copyWithin(at + 1, at);
      own[at] = j;
    }
  }
  return partners;
}
