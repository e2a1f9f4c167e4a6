/**
 * Requantization by integers alone where that gives the bits of float32.
 *
 * DESIGN.md §3 rounds f32(f32(acc) · m) half to even. A core that multiplies 32 × 32 bits gets
 * ⌊acc · M ÷ 2³⁶ + ½⌋ in two instructions. Both are steps that rise with acc, so they are equal when
 * each of the 255 steps comes at the same acc; M ≈ m · 2³⁶ is chosen so that it does, if any does.
 * @module
 */
import { store } from "../../../../runtime/reference/requantize.ts";

/** M stands for M ÷ 2³⁶. */
const ONE = 2 ** 36;
/** Rounds without saturation in the way. */
const WIDE = { integer: true, zeroPoint: 0, min: -512, max: 511 };
/** Stands where no M gives the same values. */
const NONE = -1;

/** Accumulators that can come, both ends included. */
export interface Reach {
  readonly low: number;
  readonly high: number;
}

/**
 * What sums of a channel can be, whatever its int8 inputs are.
 * @param weights of the channel.
 * @param bias with the zero point folded in (`foldedBias`).
 */
export function reachOf(weights: Iterable<number>, bias: number): Reach {
  let [low, high] = [bias, bias];
  for (const w of weights) {
    low += Math.min(-128 * w, 127 * w);
    high += Math.max(-128 * w, 127 * w);
  }
  return { low, high };
}

/**
 * M for a multiplier, or −1 where none has the bits of float32 for all of `reach`.
 * @param zero zero point of the output, which saturates at −128 and 127.
 */
export function fixedMultiplier(multiplier: number, zero: number, { low, high }: Reach): number {
  const rounded = (acc: number) => store(Math.fround(Math.fround(acc) * multiplier), WIDE);
  // Each step bounds M: acc · M ≥ at for the acc where it comes, acc · M < at for the one before.
  const steps: { acc: number; at: number }[] = [];
  let [from, below] = [0, 2 ** 31];
  for (let step = -127 - zero; step <= 127 - zero; step++) {
    const at = (step - 0.5) * ONE;
    let acc = Math.min(Math.max(Math.round((step - 0.5) / multiplier), low), high + 1);
    while (acc > low && rounded(acc - 1) >= step) acc--;
    while (acc <= high && rounded(acc) < step) acc++;
    steps.push({ acc, at });
    for (const [side, comes] of [[acc, true], [acc - 1, false]] as const) {
      if (side < low || side > high || side === 0) continue;
      if (comes === side > 0) from = Math.max(from, at / side);
      else below = Math.min(below, at / side);
    }
  }
  const fixed = Math.min(
    Math.max(Math.round(multiplier * ONE), Math.ceil(from)),
    Math.floor(below),
  );
  const holds = steps.every(({ acc, at }) =>
    (acc > high || acc * fixed >= at) && (acc - 1 < low || (acc - 1) * fixed < at)
  );
  return holds && fixed < 2 ** 31 ? fixed : NONE;
}

/**
 * M of every channel of an integer layer.
 * @param weights [channels, K], or [K, channels] where `depthwise`.
 * @param bias [channels], with the zero point folded in.
 */
export function fixedMultipliers(
  multipliers: Float32Array,
  zero: number,
  weights: Int8Array,
  bias: Int32Array,
  depthwise = false,
): Int32Array {
  const channels = multipliers.length;
  const depth = weights.length / channels;
  return Int32Array.from(multipliers, (multiplier, c) => {
    const own = depthwise
      ? Array.from({ length: depth }, (_, k) => weights[k * channels + c])
      : weights.subarray(c * depth, (c + 1) * depth);
    return fixedMultiplier(multiplier, zero, reachOf(own, bias[c]));
  });
}
