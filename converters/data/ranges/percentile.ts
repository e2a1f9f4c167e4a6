/**
 * The range of all but the outermost values.
 * @module
 */
import { BINS, type Histogram, type Side } from "./histogram.ts";
import type { Range } from "./range.ts";

/**
 * The range that `percent` of the values lie in, half of the others beyond each end (McKinstry et
 * al. 2018, arXiv:1809.04191, §3.2.2), or up to a bin's width more.
 * @param percent 50…100.
 */
export function percentileRange({ below, above, count }: Histogram, percent: number): Range {
  const beyond = count * (100 - percent) / 200;
  return { min: 0 - bound(below, beyond), max: bound(above, beyond) };
}

/** Magnitude that all but `beyond` values stay below. */
function bound({ top, width, counts }: Side, beyond: number): number {
  let left = beyond;
  for (let bin = BINS - 1; bin >= 0; bin--) {
    left -= counts[bin];
    if (left < 0) return Math.min(top, (bin + 1) * width);
  }
  return 0;
}
