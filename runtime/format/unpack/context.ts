/**
 * What is known of a value by those that came before: where it may lie, and how far from there.
 *
 * Trained weights are nearly independent once it is known how wide they spread, and that differs by
 * output channel, by input channel and by neighbourhood in the window. So, as in lossless coding of
 * pictures (Wu and Memon 1997, "Context-Based, Adaptive, Lossless Image Coding",
 * doi:10.1109/26.585919), one weighted sum foretells the value, another the size of its error, and
 * both are rounded to a class. All in whole numbers.
 * @module
 */
import { type Layout, valuesOf } from "./unpack.ts";

/** Values are in 1/512 of their unit. */
export const UNIT = 512;
/** What foretells a value: left, above, above left or further above, above right, and the mean of its column. */
export const MEANS = 5;
/** What foretells its error: one, mean sizes of its row and its column, sizes left and above. */
export const SPREADS = 4;
/** Classes of values that are foretold, a quarter of a unit each, around 0. */
export const MEAN_CLASSES = 32;
/** Classes of spread, 2^(1/3) of the one before each; this one is one unit. */
export const SPREAD_CLASSES = 12;

/** Share of the way to a value that a mean of n others goes, in 1/4096. */
export const RATES: Int32Array = Int32Array.from(
  { length: 256 },
  (_, n) => Math.floor(4096 / (n + 5)),
);

/** Class of a spread in 1/32 unit; bounds lie at 32·2^((k − 6.5) / 3). */
export const SPREAD_CLASS: Int32Array = Int32Array.from(
  { length: 128 },
  (_, i) => [9, 11, 14, 18, 23, 29, 36, 45, 57, 72, 91].filter((bound) => i >= bound).length,
);

/** Class of the value that comes next, and what is learned of it. */
export class Context {
  /** What foretells the next value, in 1/512. */
  readonly means = new Int32Array(MEANS);
  /** What foretells its error, in 1/512. */
  readonly spreads = new Int32Array(SPREADS);
  readonly #values: Int16Array;
  /** Mean size and mean of each column, mean size of the row, in 1/8192. */
  readonly #sizes: Int32Array;
  readonly #signs: Int32Array;
  #rowSize = 0;
  /** Values that count for the row: the last one does not yet, so that decoders need not wait for it. */
  #counted = 0;
  #at = 0;

  /**
   * @param weights of `means`, then of `spreads`, in 1/16.
   * @param far in place of what stands above left: so many lines above; or 0.
   */
  constructor(readonly layout: Layout, readonly weights: ArrayLike<number>, readonly far = 0) {
    this.#values = new Int16Array(valuesOf(layout));
    this.#sizes = new Int32Array(layout.depth).fill(UNIT << 4);
    this.#signs = new Int32Array(layout.depth);
  }

  /** Finds what is known of the next value and gives its class. */
  next(): number {
    const { height, width, depth } = this.layout;
    const line = width * depth;
    const values = this.#values;
    const i = this.#at;
    const inRow = i % (height * line);
    if (inRow === 0) {
      this.#rowSize = UNIT << 4;
      this.#counted = -1;
    }
    // Without a window, what stands above is the same column of the row before.
    const above = height * width > 1 ? inRow >= line : i >= line;
    const x = Math.floor(inRow / depth) % width;
    const [size, sign] = [this.#sizes[i % depth], this.#signs[i % depth]];
    const { means, spreads, weights, far } = this;
    const third = far ? inRow >= far * line : above && x > 0;
    means[0] = x ? values[i - depth] : 0;
    means[1] = above ? values[i - line] : 0;
    means[2] = third ? values[i - (far ? far * line : line + depth)] : 0;
    means[3] = above && x < width - 1 ? values[i - line + depth] : 0;
    means[4] = sign >> 4;
    spreads[0] = UNIT;
    spreads[1] = this.#rowSize >> 4;
    spreads[2] = size >> 4;
    spreads[3] = (x ? Math.abs(means[0]) : UNIT) + (above ? Math.abs(means[1]) : UNIT) >> 1;
    let mean = 0;
    for (let k = 0; k < MEANS; k++) mean += weights[k] * means[k];
    let spread = 0;
    for (let k = 0; k < SPREADS; k++) spread += weights[MEANS + k] * spreads[k];
    const wide = SPREAD_CLASS[Math.min(127, Math.max(0, spread >> 8))];
    return wide * MEAN_CLASSES + Math.min(31, Math.max(0, (mean + 1024 >> 11) + 16));
  }

  /** Learns the value of which `next` told the class. */
  learn(value: number): void {
    const { depth } = this.layout;
    const i = this.#at++;
    const rate = RATES[Math.min(255, Math.floor(i / depth))];
    const toward = (mean: number, value: number, rate: number) =>
      mean + (((value << 4) - mean) * rate >> 12);
    this.#sizes[i % depth] = toward(this.#sizes[i % depth], Math.abs(value), rate);
    this.#signs[i % depth] = toward(this.#signs[i % depth], value, rate);
    if (this.#counted >= 0) {
      const last = Math.abs(this.#values[i - 1]);
      this.#rowSize = toward(this.#rowSize, last, RATES[Math.min(255, this.#counted)]);
    }
    this.#counted++;
    this.#values[i] = value;
  }
}
