/**
 * The grid of one row of weights.
 * @module
 */
import { type Grid, groupsOf, type Levels, nearestLevel, smallerLevel } from "../grids/mod.ts";

/** What the weights of one row may become. */
export class RowGrid {
  readonly step: number;
  readonly #levels: Levels[];
  readonly #group: number;
  readonly #zeros: Uint8Array;

  /**
   * @param channel of the layer.
   * @param row its float weights: where they are exactly 0, pruned ones for example, 0 is kept.
   */
  constructor(grid: Grid, channel: number, row: Float64Array) {
    const groups = groupsOf(grid, row.length);
    this.step = grid.steps[channel];
    this.#group = grid.group;
    this.#levels = grid.levels.slice(channel * groups, (channel + 1) * groups);
    this.#zeros = Uint8Array.from(
      row,
      (value, k) => Number(value === 0 && nearestLevel(this.#levelsAt(k), 0) === 0),
    );
  }

  /** The level of a column nearest to x steps. */
  nearest(column: number, x: number): number {
    return this.#zeros[column] ? 0 : nearestLevel(this.#levelsAt(column), x);
  }

  /** The next level of a column on the way to 0; the level itself where there is none. */
  smaller(column: number, level: number): number {
    return smallerLevel(this.#levelsAt(column), level);
  }

  /** The levels of a column below and above x steps; the same one twice where there is no other. */
  around(column: number, x: number): [below: number, above: number] {
    if (this.#zeros[column]) return [0, 0];
    const { values } = this.#levelsAt(column);
    const above = values.findIndex((value) => value > x);
    if (above < 0) return [values[values.length - 1], values[values.length - 1]];
    return [values[Math.max(0, above - 1)], values[above]];
  }

  /** The next level of a column above or below a level; the level itself where there is none. */
  beside(column: number, level: number, up: boolean): number {
    if (this.#zeros[column]) return level;
    const { values } = this.#levelsAt(column);
    return values[values.indexOf(level) + (up ? 1 : -1)] ?? level;
  }

  #levelsAt(column: number): Levels {
    return this.#levels[(column / this.#group) | 0];
  }
}

/** Grids of all rows. */
export function rowGrids(grid: Grid, rows: Float64Array): RowGrid[] {
  const depth = rows.length / grid.steps.length;
  return Array.from(
    grid.steps,
    (_, o) => new RowGrid(grid, o, rows.subarray(o * depth, (o + 1) * depth)),
  );
}
