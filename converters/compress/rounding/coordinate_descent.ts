/**
 * Coordinate descent: weights are rounded again, one at a time, while that helps.
 * @module
 */
import type { RowGrid } from "./row_grid.ts";

/** Sweeps over a row, at most. */
const SWEEPS = 30;

/** The level that a weight becomes. */
export type Choose = (grid: RowGrid, column: number, x: number, curvature: number) => number;

/**
 * Minimises (t − s·q)·H·(t − s·q)ᵀ over one qⱼ after the other (Behdin et al. 2023, "QuantEase",
 * arXiv:2309.01885, eq. 6): with all others fixed, qⱼ = nearest((s·qⱼ + gⱼ / Hⱼⱼ) / s) is best,
 * g = (t − s·q)·H. The error never rises; it ends when no weight changes.
 * @param gram H [depth, depth], its diagonal positive.
 * @param target t [rows, depth].
 * @param integers q [rows, depth], improved in place.
 * @param choose what a weight becomes instead of the nearest level, told the column, the place in
 *   steps where its error is least, and what a step's square costs.
 */
export function coordinateDescent(
  gram: Float64Array,
  depth: number,
  target: Float64Array,
  grids: readonly RowGrid[],
  integers: Int8Array,
  choose: Choose = (grid, j, x) => grid.nearest(j, x),
): void {
  const gradient = new Float64Array(depth);
  grids.forEach((grid, row) => {
    const { step } = grid;
    const at = row * depth;
    gradient.fill(0);
    for (let i = 0; i < depth; i++) {
      const error = target[at + i] - step * integers[at + i];
      const from = i * depth;
      for (let j = 0; j < depth; j++) gradient[j] += error * gram[from + j];
    }
    for (let sweep = 0, changed = true; changed && sweep < SWEEPS; sweep++) {
      changed = false;
      for (let j = 0; j < depth; j++) {
        const from = j * depth;
        const q = integers[at + j];
        const curvature = gram[from + j] * step;
        const best = choose(grid, j, q + gradient[j] / curvature, curvature * step);
        if (best === q) continue;
        changed = true;
        integers[at + j] = best;
        const shift = step * (best - q);
        for (let k = 0; k < depth; k++) gradient[k] -= shift * gram[from + k];
      }
    }
  });
}
