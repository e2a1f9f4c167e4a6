/**
 * OCTAV: the clipping threshold with the least squared error, by Newton's method.
 * @module
 */
import { clipped, type Histogram } from "./histogram.ts";
import type { Range } from "./range.ts";

/** More than it ever takes: it mostly settles in ten. */
const MOST_STEPS = 100;

/**
 * tₙ₊₁ = E[|x|·1(|x| > tₙ)] / (4⁻ᴮ/3 · E[1(0 < |x| ≤ tₙ)] + E[1(|x| > tₙ)]), B = 8 (Sakr et al. 2022,
 * arXiv:2206.06501, equation 6); 4⁻ᴮ/12 for values on one side of zero, whose steps are half as wide.
 * It starts at the mean magnitude and ends at a fixed point. Zeros are exact and do not count.
 */
export function octav(histogram: Histogram): Range {
  const { range } = histogram;
  const { width, counts } = histogram.magnitudes();
  const noise = 4 ** -8 / (range.min < 0 && range.max > 0 ? 3 : 12);
  let threshold = 0;
  for (let i = 0; i < MOST_STEPS; i++) {
    const next = newtonStep(counts, width, noise, threshold);
    if (!(Math.abs(next - threshold) > 1e-6 * threshold)) break;
    threshold = next;
  }
  return clipped(range, threshold);
}

/** From t = 0 it gives the mean magnitude. */
function newtonStep(counts: Float64Array, width: number, noise: number, t: number): number {
  let [sum, beyond, within] = [0, 0, 0];
  counts.forEach((count, bin) => {
    const x = (bin + 0.5) * width;
    if (x > t) {
      sum += count * x;
      beyond += count;
    } else within += count;
  });
  return sum / (noise * within + beyond || 1);
}
