/**
 * Ranges of activations over a stream of values.
 * @module
 */

/** Smallest and largest value that quantization has to cover; 0 is always between them. */
export interface Range {
  min: number;
  max: number;
}

/** Bins on each side of zero. */
const BINS = 2048;

/**
 * Counts of magnitudes on one side of zero, in bins whose width doubles as values grow. A bin is
 * never wider than a 1024th of the largest magnitude.
 */
class Side {
  /** The largest magnitude, or Infinity or NaN where there was one. */
  top = 0;
  #width = 0;
  readonly #counts = new Float64Array(BINS);

  add(magnitude: number): void {
    if (!Number.isFinite(magnitude)) {
      this.top = magnitude;
      return;
    }
    if (magnitude > this.top) this.top = magnitude;
    if (this.#width === 0) this.#width = magnitude / BINS || Number.MIN_VALUE;
    while (magnitude >= this.#width * BINS) this.#double();
    this.#counts[Math.floor(magnitude / this.#width)]++;
  }

  #double(): void {
    for (let i = 0; i < BINS / 2; i++) {
      this.#counts[i] = this.#counts[2 * i] + this.#counts[2 * i + 1];
    }
    this.#counts.fill(0, BINS / 2);
    this.#width *= 2;
  }

  /** Magnitude that all but `beyond` values stay below, or up to a bin's width more. */
  bound(beyond: number): number {
    if (!Number.isFinite(this.top)) return this.top;
    let left = beyond;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      left -= this.#counts[bin];
      if (left < 0) return Math.min(this.top, (bin + 1) * this.#width);
    }
    return 0;
  }
}

/** Observes tensors by name, in memory that does not grow with the number of values. */
export class RangeObserver {
  readonly #method: "minmax" | "percentile";
  readonly #percentile: number;
  readonly #seen = new Map<string, { below: Side; above: Side; count: number }>();

  /**
   * @param method `minmax` keeps every value; `percentile` cuts both tails.
   * @param percentile share of values in percent that is kept, 50…100.
   */
  constructor(method: "minmax" | "percentile", percentile = 99.99) {
    this.#method = method;
    this.#percentile = percentile;
  }

  /** Adds the values of one tensor of one sample. */
  observe(name: string, values: Float32Array): void {
    let seen = this.#seen.get(name);
    if (!seen) this.#seen.set(name, seen = { below: new Side(), above: new Side(), count: 0 });
    seen.count += values.length;
    const { below, above } = seen;
    if (this.#method === "percentile") {
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (value < 0) below.add(-value);
        else above.add(Math.abs(value));
      }
      return;
    }
    let [low, high, odd] = [-below.top, above.top, 0];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < low) low = value;
      else if (value > high) high = value;
      // 0, or NaN where the value is not finite.
      odd += value - value;
    }
    if (odd !== 0 && values.includes(NaN)) high = NaN;
    [below.top, above.top] = [-low, high];
  }

  /** The range of every tensor seen; an end is NaN or infinite where a value was. */
  ranges(): Map<string, Range> {
    return new Map(
      [...this.#seen].map(([name, { below, above, count }]) => {
        if (this.#method === "minmax") return [name, { min: 0 - below.top, max: above.top }];
        const beyond = count * (1 - this.#percentile / 100) / 2;
        return [name, { min: 0 - below.bound(beyond), max: above.bound(beyond) }];
      }),
    );
  }
}
