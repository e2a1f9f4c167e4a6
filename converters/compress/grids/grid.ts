/**
 * What the weights of a layer may become: for every channel a real step and, for every group of
 * columns in it, a set of int8 levels. A weight is step × level.
 * @module
 */
import { type Levels, nearestLevel } from "./levels.ts";

/** The grid of one layer. */
export interface Grid {
  /** Real value of 1, by channel. */
  steps: Float64Array;
  /** Columns that share levels; the depth where all do. */
  group: number;
  /** Levels by channel and group, [channels, ⌈depth / group⌉]. */
  levels: Levels[];
}

/** Groups of columns in a channel. */
export function groupsOf({ group }: Grid, depth: number): number {
  return Math.ceil(depth / group);
}

/** A grid with the same levels everywhere. */
export function evenGrid(steps: Float64Array, depth: number, levels: Levels): Grid {
  return { steps, group: depth, levels: Array.from(steps, () => levels) };
}

/**
 * Every weight by itself to the nearest level.
 * @param rows [channels, depth].
 */
export function nearestIntegers(grid: Grid, rows: Float64Array, depth: number): Int8Array {
  const groups = groupsOf(grid, depth);
  return Int8Array.from(rows, (value, i) => {
    const channel = Math.floor(i / depth);
    const levels = grid.levels[channel * groups + Math.floor(i % depth / grid.group)];
    return nearestLevel(levels, value / grid.steps[channel]);
  });
}
