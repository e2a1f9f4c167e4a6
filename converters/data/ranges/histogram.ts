/**
 * How often values of each size occur, over a stream.
 * @module
 */
import type { Range, RangeFinder } from "./range.ts";

/** Bins on each side of zero. */
export const BINS = 2048;

/**
 * Counts of magnitudes above zero, in bins whose width doubles as values grow. Widths are powers of
 * two, and a bin is never wider than a 1024th of the largest magnitude.
 */
export class Side {
  /** The largest magnitude, or Infinity or NaN where there was one. */
  top = 0;
  /** Width of a bin; 0 before the first value. */
  width = 0;
  /** Values in i·width…(i + 1)·width. */
  readonly counts = new Float64Array(BINS);

  add(magnitude: number): void {
    if (!Number.isFinite(magnitude)) {
      this.top = magnitude;
      return;
    }
    if (magnitude > this.top) this.top = magnitude;
    if (this.width === 0) this.width = 2 ** Math.ceil(Math.log2(magnitude / BINS));
    while (magnitude >= this.width * BINS) this.#double();
    this.counts[Math.floor(magnitude / this.width)]++;
  }

  #double(): void {
    const { counts } = this;
    for (let i = 0; i < BINS / 2; i++) counts[i] = counts[2 * i] + counts[2 * i + 1];
    counts.fill(0, BINS / 2);
    this.width *= 2;
  }
}

/** Values on both sides of zero; zeros, which every range holds exactly, are only counted. */
export class Histogram {
  readonly below = new Side();
  readonly above = new Side();
  /** All values, zeros among them. */
  count = 0;

  add(values: Float32Array): void {
    this.count += values.length;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < 0) this.below.add(-value);
      else if (value !== 0) this.above.add(value);
    }
  }

  /** The exact range of what was seen. */
  get range(): Range {
    return { min: 0 - this.below.top, max: this.above.top };
  }

  /** Both sides as magnitudes: bins of one width. */
  magnitudes(): { width: number; counts: Float64Array } {
    const [narrow, wide] = [this.below, this.above].sort((a, b) => a.width - b.width);
    const counts = wide.counts.slice();
    if (narrow.width > 0) {
      const ratio = wide.width / narrow.width;
      narrow.counts.forEach((count, i) => counts[Math.floor(i / ratio)] += count);
    }
    return { width: wide.width, counts };
  }
}

/** A finder that counts first and then lets `choose` find the range. */
export function fromHistogram(choose: (histogram: Histogram) => Range): RangeFinder {
  const histogram = new Histogram();
  return {
    observe: (values) => histogram.add(values),
    range: () => {
      const { range } = histogram;
      return Number.isFinite(range.max - range.min) ? choose(histogram) : range;
    },
  };
}

/** A symmetric threshold, no further out on either side than the values are. */
export function clipped({ min, max }: Range, threshold: number): Range {
  return { min: Math.max(min, 0 - threshold), max: Math.min(max, threshold) };
}
