/**
 * Rounding by the input columns themselves, for layers whose Gram matrix would be too large.
 * @module
 */
import type { Moments } from "../statistics/mod.ts";
import type { Choose } from "./coordinate_descent.ts";
import type { RowGrid } from "./row_grid.ts";

/** Sweeps over a row, at most. */
const SWEEPS = 4;

/** Centred columns of few samples, and how far H is damped. */
export interface ColumnProblem {
  count: number;
  depth: number;
  /** x − E[x], [count, depth]. */
  original: Float32Array;
  /** x̂ − E[x̂] by element, [depth, count]. */
  compressed: Float32Array;
  /** Diagonal of H = E[x̂x̂ᵀ], centred. */
  diagonal: Float64Array;
  /** λ. */
  damping: number;
}

/**
 * Columns less their means. Columns are far fewer than their elements, so most of H is not known:
 * λ = √(depth / count) times the mean of its diagonal, between the 1% of well-known matrices and the
 * depth / count with which hardly more than the diagonal is left (chosen on an 11,616-input layer:
 * errors on other samples fall four times at the same bytes).
 * @returns null where no columns were kept.
 */
export function columnProblem({ columns, depth }: Moments): ColumnProblem | null {
  if (!columns) return null;
  const { count } = columns;
  const original = centred(columns.original, depth);
  const rows = centred(columns.compressed, depth);
  const compressed = new Float32Array(rows.length);
  const diagonal = new Float64Array(depth);
  rows.forEach((value, i) => {
    const [n, j] = [Math.floor(i / depth), i % depth];
    compressed[j * count + n] = value;
    diagonal[j] += value * value / count;
  });
  const mean = diagonal.reduce((sum, value) => sum + value, 0) / depth;
  return {
    count,
    depth,
    original,
    compressed,
    diagonal,
    damping: Math.sqrt(depth / count) * mean || 1,
  };
}

/**
 * Minimises ‖w·X − s·q·X̂‖²/N + λ‖w − s·q‖² over one qⱼ after the other (coordinate_descent.ts, with
 * the residual of every column in place of H, so that a step costs N products instead of a row of H).
 * @param row w.
 * @param integers q, improved in place.
 */
export function descendOnColumns(
  problem: ColumnProblem,
  row: Float64Array,
  grid: RowGrid,
  integers: Int8Array,
  choose: Choose = (grid, j, x) => grid.nearest(j, x),
): void {
  const { count, depth, compressed, diagonal, damping } = problem;
  const { step } = grid;
  const residual = outputsOf(problem, row);
  const given = compressedOutputsOf(problem, integers);
  for (let n = 0; n < count; n++) residual[n] -= step * given[n];
  for (let sweep = 0, changed = true; changed && sweep < SWEEPS; sweep++) {
    changed = false;
    for (let j = 0; j < depth; j++) {
      const q = integers[j];
      const from = j * count;
      let gradient = 0;
      for (let n = 0; n < count; n++) gradient += residual[n] * compressed[from + n];
      gradient = gradient / count + damping * (row[j] - step * q);
      const curvature = (diagonal[j] + damping) * step;
      const best = choose(grid, j, q + gradient / curvature, curvature * step);
      if (best === q) continue;
      changed = true;
      integers[j] = best;
      const shift = step * (best - q);
      for (let n = 0; n < count; n++) residual[n] -= shift * compressed[from + n];
    }
  }
}

/** The step for which the same error is least (refit_steps.ts); `step` where it would not be positive. */
export function stepOnColumns(
  problem: ColumnProblem,
  row: Float64Array,
  integers: Int8Array,
  step: number,
): number {
  const { count, damping } = problem;
  const [wanted, given] = [outputsOf(problem, row), compressedOutputsOf(problem, integers)];
  let [cross, square] = [0, 0];
  for (let n = 0; n < count; n++) {
    cross += wanted[n] * given[n] / count;
    square += given[n] ** 2 / count;
  }
  for (let j = 0; j < row.length; j++) {
    cross += damping * row[j] * integers[j];
    square += damping * integers[j] ** 2;
  }
  return cross > 0 && square > 0 ? cross / square : step;
}

/** w·X. */
function outputsOf({ count, depth, original }: ColumnProblem, row: Float64Array): Float64Array {
  const outputs = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const from = n * depth;
    for (let j = 0; j < depth; j++) outputs[n] += row[j] * original[from + j];
  }
  return outputs;
}

/** q·X̂. */
function compressedOutputsOf(
  { count, depth, compressed }: ColumnProblem,
  integers: Int8Array,
): Float64Array {
  const outputs = new Float64Array(count);
  for (let j = 0; j < depth; j++) {
    const q = integers[j];
    if (q === 0) continue;
    const from = j * count;
    for (let n = 0; n < count; n++) outputs[n] += q * compressed[from + n];
  }
  return outputs;
}

function centred(columns: Float32Array, depth: number): Float32Array {
  const means = new Float64Array(depth);
  columns.forEach((value, i) => means[i % depth] += value * depth / columns.length);
  return columns.map((value, i) => value - means[i % depth]);
}
