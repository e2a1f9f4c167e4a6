/**
 * The range with the least squared error.
 * @module
 */
import { BINS, type Histogram, type Side } from "./histogram.ts";
import type { Range } from "./range.ts";

/** Ranges tried before the best of them is refined. */
const TRIED = 64;
/** Steps of the refinement; each cuts the interval to 0.618 of its length. */
const REFINED = 12;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * argmin over ranges of Σ h(x)·(x − Q(x))², with h the counts and Q rounding to the 256 levels of
 * the range and clipping at its ends (Sung et al. 2015, arXiv:1511.06488, §3; Choukroun et al. 2019,
 * arXiv:1902.06822). First both ends shrink together, then each by itself; every time 64 lengths are
 * tried, and golden sections refine the best.
 */
export function leastSquaredError(histogram: Histogram): Range {
  let best = histogram.range;
  const ways: ((share: number, range: Range) => Range)[] = [
    (share, { min, max }) => ({ min: min * share, max: max * share }),
    (share, { min, max }) => ({ min: min * share, max }),
    (share, { min, max }) => ({ min, max: max * share }),
  ];
  for (const way of best.min < 0 && best.max > 0 ? ways : ways.slice(0, 1)) {
    const from = best;
    const share = minimize((share) => squaredError(histogram, way(share, from)));
    best = way(share, from);
  }
  return best;
}

/** Σ h(x)·(x − Q(x))², each bin standing at its middle. */
export function squaredError({ below, above }: Histogram, { min, max }: Range): number {
  const step = (max - min) / 255;
  if (step === 0) return Infinity;
  const zero = Math.round(-min / step);
  return sideError(above, step, 255 - zero) + sideError(below, step, zero);
}

/** @param most levels on this side. */
function sideError({ width, counts }: Side, step: number, most: number): number {
  let sum = 0;
  for (let bin = 0; bin < BINS; bin++) {
    if (counts[bin] === 0) continue;
    const x = (bin + 0.5) * width;
    sum += counts[bin] * (x - Math.min(most, Math.round(x / step)) * step) ** 2;
  }
  return sum;
}

/** Place of the least of a function's values in 0…1; the largest of equal ones. */
function minimize(loss: (share: number) => number): number {
  const shares = Array.from({ length: TRIED }, (_, i) => 1 - i / TRIED);
  const losses = shares.map(loss);
  const at = losses.indexOf(Math.min(...losses));
  let [low, high] = [shares[at] - 1 / TRIED, Math.min(1, shares[at] + 1 / TRIED)];
  for (let i = 0; i < REFINED; i++) {
    const cut = GOLDEN * (high - low);
    if (loss(high - cut) < loss(low + cut)) high = low + cut;
    else low = high - cut;
  }
  const refined = (low + high) / 2;
  return loss(refined) < losses[at] ? refined : shares[at];
}
