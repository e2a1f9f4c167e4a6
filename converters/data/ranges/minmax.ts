/**
 * The range of all values.
 * @module
 */
import type { Range, RangeFinder } from "./range.ts";

/** Smallest and largest of all values, and 0 (Jacob et al. 2018, arXiv:1712.05877, §3). */
export class MinMax implements RangeFinder {
  readonly #range: Range = { min: 0, max: 0 };

  observe(values: Float32Array): void {
    let { min, max } = this.#range;
    let odd = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < min) min = value;
      else if (value > max) max = value;
      // 0, or NaN where the value is not finite.
      odd += value - value;
    }
    if (odd !== 0 && values.includes(NaN)) max = NaN;
    this.#range.min = min;
    this.#range.max = max;
  }

  range(): Range {
    return { ...this.#range };
  }
}
