/**
 * Rate-distortion-aware rounding: weights take fewer bits where that costs little.
 * @module
 */
import { valueBits } from "../../coding/mod.ts";
import { type ColumnProblem, descendOnColumns } from "./columns.ts";
import { coupledTarget } from "./coupled.ts";
import { type Choose, coordinateDescent } from "./coordinate_descent.ts";
import type { RowGrid } from "./row_grid.ts";

/** What bits cost changes with the integers: so often it is counted anew. */
const ROUNDS = 2;

/**
 * Minimises (t − s·q)·H·(t − s·q)ᵀ + p·Σ bits(qⱼ) in every row by coordinate descent: with all others
 * fixed, q = argmin h·(x − q)² + p·bits(q) over the levels from the nearest one to 0, h = Hⱼⱼ·s²
 * (Wiedemann et al. 2019, "DeepCABAC", arXiv:1907.11900, eq. 6).
 * @param integers q [rows, depth], changed in place.
 * @param prices p of each row: squared error of its output that a bit is worth.
 * @param shares what errors of rows cost together (coupled.ts); null for each its own.
 */
export function rateDistortion(
  gram: Float64Array,
  depth: number,
  target: Float64Array,
  grids: readonly RowGrid[],
  integers: Int8Array,
  prices: ArrayLike<number>,
  shares: Float64Array | null = null,
): void {
  const steps = grids.map(({ step }) => step);
  for (let round = 0; round < ROUNDS; round++) {
    const bits = valueBits(integers);
    grids.forEach((grid, row) => {
      const [from, to] = [row * depth, (row + 1) * depth];
      const q = integers.subarray(from, to);
      const t = shares
        ? coupledTarget(shares, target, integers, steps, row)
        : target.subarray(from, to);
      coordinateDescent(gram, depth, t, [grid], q, cheapest(bits, prices[row]));
    });
  }
}

/** The same on columns (columns.ts). */
export function columnRateDistortion(
  problem: ColumnProblem,
  rows: Float64Array,
  grids: readonly RowGrid[],
  integers: Int8Array,
  prices: ArrayLike<number>,
): void {
  const { depth } = problem;
  for (let round = 0; round < ROUNDS; round++) {
    const bits = valueBits(integers);
    grids.forEach((grid, o) => {
      const [from, to] = [o * depth, (o + 1) * depth];
      const [row, q] = [rows.subarray(from, to), integers.subarray(from, to)];
      descendOnColumns(problem, row, grid, q, cheapest(bits, prices[o]));
    });
  }
}

/** The same where H is a diagonal: one for each row. */
export function diagonalRateDistortion(
  diagonals: readonly ArrayLike<number>[],
  rows: Float64Array,
  grids: readonly RowGrid[],
  integers: Int8Array,
  prices: ArrayLike<number>,
): void {
  const depth = rows.length / grids.length;
  for (let round = 0; round < ROUNDS; round++) {
    const bits = valueBits(integers);
    grids.forEach((grid, o) => {
      const choose = cheapest(bits, prices[o]);
      for (let j = 0; j < depth; j++) {
        const x = rows[o * depth + j] / grid.step;
        integers[o * depth + j] = choose(grid, j, x, diagonals[o][j] * grid.step ** 2);
      }
    });
  }
}

/** λ in squares of the steps that are best for it. */
export const WIDENED = Math.LN2 / 6;
/** More than the widest grid has levels on one side: all weights are 0 then. */
const WIDEST = 128;

/**
 * How much wider steps get for λ, 1…128. Evenly spaced levels with steps Δ err by D = Δ²/12 and
 * take R = h − log₂ Δ bits where they are many, so −dD/dR = ln 2·Δ²/6 is λ at Δ = √(6·λ/ln 2)
 * (Gish, Pierce 1968, doi:10.1109/TIT.1968.1054193: with entropy coding, even steps are best).
 */
export function widening(lambda: number): number {
  return Math.min(WIDEST, Math.max(1, Math.sqrt(lambda / WIDENED)));
}

/**
 * Bits of a channel's step behind its first: a step that is off by a share δ errs by δ²·Σ q², with b
 * bits by Σ q²·4^−b/12, whose slope is λ at 4^b = Σ q²·ln 4/(12·λ). 0…10, 10 for a λ of 0.
 */
export function fractionOf(integers: Int8Array, depth: number, lambda: number): number {
  if (!lambda) return 10;
  const squares = integers.reduce((sum, q) => sum + q * q, 0) / integers.length * depth;
  const bits = Math.ceil(Math.log2(squares * Math.log(4) / (12 * lambda)) / 2);
  return Math.min(10, Math.max(0, bits));
}

/** Root mean square of int8 inputs, as it mostly is. */
const INPUT = 40;

/**
 * What an integer bias is a multiple of, a power of two: rounding it to u errs by u²/12, which is at
 * slope λ where u² = 12·λ·x²/ln 4, a squared step of a weight costing x².
 */
export function biasUnit(lambda: number): number {
  const relative = lambda / widening(lambda) ** 2;
  return 2 ** Math.max(0, Math.floor(Math.log2(12 * relative * INPUT ** 2 / Math.log(4)) / 2));
}

/** Of the levels from the nearest to 0, the one with the least error and bits together. */
function cheapest(bits: Float64Array, weight: number): Choose {
  return (grid, j, x, curvature) => {
    let level = grid.nearest(j, x);
    let best = level;
    let least = curvature * (x - level) ** 2 + weight * bits[level + 128];
    for (let next = grid.smaller(j, level); next !== level; next = grid.smaller(j, level)) {
      level = next;
      const error = curvature * (x - level) ** 2;
      if (error > least) break;
      const cost = error + weight * bits[level + 128];
      if (cost < least) [best, least] = [level, cost];
    }
    return best;
  };
}
