/**
 * Sets of int8 values that weights may take, and the nearest of them.
 * @module
 */

/** Half steps that a table covers on each side of 0. */
const HALVES = 256;

/** The values that weights of one channel, or of one group in it, may take. */
export interface Levels {
  /** Ascending, −128…127. */
  readonly values: Int8Array;
  /**
   * The nearest level of each half step: all numbers in [i/2, (i + 1)/2) have the same, as the
   * middles between integers are multiples of ½. Index i + 256.
   */
  readonly table: Int8Array;
}

/** Makes a set of levels; order and repetition do not matter. */
export function levelsOf(values: Iterable<number>): Levels {
  const sorted = Int8Array.from(new Set(values)).sort();
  const table = new Int8Array(2 * HALVES);
  let at = 0;
  for (let i = 0; i < table.length; i++) {
    const x = (i - HALVES) / 2;
    while (at + 1 < sorted.length && x >= (sorted[at] + sorted[at + 1]) / 2) at++;
    table[i] = sorted[at];
  }
  return { values: sorted, table };
}

/** The level nearest to x; the higher of two. */
export function nearestLevel({ table }: Levels, x: number): number {
  const i = Math.floor(2 * x) + HALVES;
  return table[i < 0 ? 0 : i >= 2 * HALVES ? 2 * HALVES - 1 : i];
}

/** The next level on the way to 0; the level itself where there is none. */
export function smallerLevel({ values }: Levels, level: number): number {
  const next = values[values.indexOf(level) - Math.sign(level)];
  return Math.abs(next) < Math.abs(level) ? next : level;
}

/** All integers from `low` to `high`. */
export function uniformLevels(low: number, high: number): Levels {
  return levelsOf(Array.from({ length: high - low + 1 }, (_, i) => low + i));
}

/** Levels times a whole number, as far as they fit int8. */
export function multiplied({ values }: Levels, factor: number): Levels {
  return levelsOf(Array.from(values, (value) => Math.max(-128, Math.min(127, value * factor))));
}

/** Ternary weights. */
export const TERNARY = levelsOf([-1, 0, 1]);
/** Binary weights: there is no 0. */
export const BINARY = levelsOf([-1, 1]);
/** 0 and powers of two, ±1…±64: a product is a shift. */
export const POWERS_OF_TWO = levelsOf(
  [0, 1, 2, 4, 8, 16, 32, 64].flatMap((power) => [power, -power]),
);
