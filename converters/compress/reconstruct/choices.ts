/**
 * Between which two levels each weight of a rounded layer may choose.
 * @module
 */
import { SoftRounding } from "../rounding/soft_rounding.ts";
import type { Weights } from "../weighted.ts";

/** How near to the other level a weight begins at most, so that all keep theirs at first. */
const MOST = 0.2;

/** A layer's rounding while it is learned; all in the order of the tensor. */
export interface Choices {
  soft: SoftRounding;
  /** Levels as integers. */
  lower: Int8Array;
  upper: Int8Array;
}

/**
 * The level that a weight has and its next neighbour on the side where the float weight lies, of the
 * levels that its channel uses; of weights that share a multiplier, its group's. What is decided by
 * rounding at the start is the given integers.
 * @param float the layer's weights before they were rounded; exact zeros have no choice.
 * @param integers as they were rounded.
 * @param steps of each channel.
 * @param group columns in a row that have levels of their own.
 */
export function choicesOf(
  { data: float, shape, axis, depth }: Weights,
  integers: Int8Array,
  steps: ArrayLike<number>,
  group: number,
): Choices {
  const channels = shape[axis];
  const groups = Math.ceil(depth / group);
  const channelOf = (i: number) => axis === 0 ? Math.floor(i / depth) : i % channels;
  const levelsOf = (i: number) => {
    const column = axis === 0 ? i % depth : Math.floor(i / channels);
    return channelOf(i) * groups + Math.floor(column / group);
  };
  const used = Array.from({ length: channels * groups }, () => new Set<number>());
  integers.forEach((q, i) => used[levelsOf(i)].add(q));
  const sorted = used.map((levels) => [...levels].sort((a, b) => a - b));
  const lower = integers.slice();
  const upper = integers.slice();
  const shares = new Float64Array(integers.length);
  integers.forEach((q, i) => {
    const x = float[i] / steps[channelOf(i)];
    const levels = sorted[levelsOf(i)];
    const other = float[i] === 0 ? undefined : levels[levels.indexOf(q) + Math.sign(x - q)];
    if (other === undefined || other === q) return;
    const share = MOST * Math.min(1, 2 * (x - q) / (other - q));
    [lower[i], upper[i]] = [Math.min(q, other), Math.max(q, other)];
    shares[i] = q < other ? share : 1 - share;
  });
  const low = Float64Array.from(lower, (q, i) => q * steps[channelOf(i)]);
  const width = Float64Array.from(upper, (q, i) => q * steps[channelOf(i)] - low[i]);
  return { soft: new SoftRounding(low, width, shares), lower, upper };
}

/** What is decided. */
export function integersOf({ soft: { h }, lower, upper }: Choices): Int8Array {
  return lower.map((q, i) => h[i] >= 0.5 ? upper[i] : q);
}
