/**
 * The range as a moving average over samples.
 * @module
 */
import { MinMax } from "./minmax.ts";
import type { Range, RangeFinder } from "./range.ts";

/** Share of what was known that each sample keeps. */
const KEPT = 0.99;

/**
 * m ← α·m + (1 − α)·x of every sample's smallest and largest value, α = 0.99 (Jacob et al. 2018,
 * arXiv:1712.05877, §3.1). The average starts at 0 and is divided by 1 − αⁿ, the weight of the n
 * samples seen, or else the first few would hardly count (Kingma and Ba 2015, arXiv:1412.6980, §3).
 */
export class MovingAverage implements RangeFinder {
  readonly #sum: Range = { min: 0, max: 0 };
  /** Weight of the samples that were not seen: αⁿ. */
  #missing = 1;

  observe(values: Float32Array): void {
    const sample = new MinMax();
    sample.observe(values);
    const { min, max } = sample.range();
    this.#sum.min = KEPT * this.#sum.min + (1 - KEPT) * min;
    this.#sum.max = KEPT * this.#sum.max + (1 - KEPT) * max;
    this.#missing *= KEPT;
  }

  range(): Range {
    const seen = 1 - this.#missing || 1;
    return { min: this.#sum.min / seen, max: this.#sum.max / seen };
  }
}
