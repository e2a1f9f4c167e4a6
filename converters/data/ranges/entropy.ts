/**
 * The range that changes a tensor's distribution least.
 * @module
 */
import { clipped, type Histogram } from "./histogram.ts";
import type { Range } from "./range.ts";

/** Levels of magnitudes in signed 8 bits. */
const LEVELS = 128;
/** What a level that is empty in Q, but not in P, counts as: of one value, as in MXNet. */
const SMOOTHED = 1e-4;

/**
 * The threshold i·width whose quantized distribution Q has the least Kullback–Leibler divergence
 * Σ P·log(P/Q) from the clipped one, P (Migacz 2017, "8-bit Inference with TensorRT", GTC 2017,
 * slides 28 to 37). Magnitudes stand in 2048 bins. For each i in 128…2048, P is the first i bins, with
 * all values beyond added to its last; Q is the first i bins *without* those, merged into 128 levels,
 * each spread evenly over its bins that are not empty in P. Zeros are exact and do not count.
 */
export function leastDivergence(histogram: Histogram): Range {
  const { width, counts } = histogram.magnitudes();
  const used = counts.findLastIndex((count) => count > 0) + 1;
  let total = 0;
  for (const count of counts) total += count;
  let [best, least] = [used, Infinity];
  for (let i = Math.min(LEVELS, used), within = sum(counts, 0, i); i <= used; i++) {
    if (i > LEVELS) within += counts[i - 1];
    const found = divergence(counts.subarray(0, i), total - within, within, LEVELS);
    // Of equal ones the widest: clipping that gains nothing is not done.
    if (found <= least) [best, least] = [i, found];
  }
  return clipped(histogram.range, best * width);
}

/**
 * Σ P·log(P/Q) of the first bins.
 * @param beyond values beyond them.
 * @param within values in them.
 */
export function divergence(
  bins: Float64Array,
  beyond: number,
  within: number,
  levels: number,
): number {
  const last = bins.length - 1;
  const total = within + beyond;
  let divergence = 0;
  for (let level = 0; level < levels; level++) {
    const from = Math.floor(level * bins.length / levels);
    const to = Math.floor((level + 1) * bins.length / levels);
    let [mass, filled] = [0, 0];
    for (let bin = from; bin < to; bin++) {
      mass += bins[bin];
      if (bins[bin] > 0 || (bin === last && beyond > 0)) filled++;
    }
    if (filled === 0) continue;
    const q = (mass || SMOOTHED) / filled / within;
    for (let bin = from; bin < to; bin++) {
      const p = (bins[bin] + (bin === last ? beyond : 0)) / total;
      if (p > 0) divergence += p * Math.log(p / q);
    }
  }
  return divergence;
}

function sum(counts: Float64Array, from: number, to: number): number {
  return counts.subarray(from, to).reduce((total, count) => total + count, 0);
}
