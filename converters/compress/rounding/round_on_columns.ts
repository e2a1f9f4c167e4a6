/**
 * Integers and steps of a layer by its input columns.
 * @module
 */
import type { Grid } from "../grids/mod.ts";
import { type ColumnProblem, descendOnColumns, stepOnColumns } from "./columns.ts";
import { columnRateDistortion } from "./rate_distortion.ts";
import { rowGrids } from "./row_grid.ts";

/**
 * Rounds all channels, then fits their steps.
 * @param integers nearest ones, changed in place.
 * @param floors smallest steps; null where steps stay what they are.
 * @param prices of bits; null where they do not count.
 * @returns steps.
 */
export function roundOnColumns(
  columns: ColumnProblem,
  rows: Float64Array,
  grid: Grid,
  integers: Int8Array,
  { floors, prices }: { floors: Float64Array | null; prices: Float64Array | null },
): Float64Array {
  const { depth } = columns;
  const grids = rowGrids(grid, rows);
  if (prices) columnRateDistortion(columns, rows, grids, integers, prices);
  return grid.steps.map((step, o) => {
    const [from, to] = [o * depth, (o + 1) * depth];
    const [row, q] = [rows.subarray(from, to), integers.subarray(from, to)];
    if (!prices) descendOnColumns(columns, row, grids[o], q);
    return floors ? Math.max(floors[o], stepOnColumns(columns, row, q, step)) : step;
  });
}
