// What convolutions make of the sums of a tile: 4 or 5 pixels × 8 channels of output.
import { round4, scaleFrom, storeBytes, storeFloats } from "./requantize";

/**
 * Scales, rounds and stores.
 * @param at of the first value, from the beginning of output `y`.
 * @param left channels from here on; 8 or more fill the tile.
 * @param count pixels from here on; 4 or more fill it, 5 with `five`.
 * @param outputs channels of a pixel.
 * @param top `max` rounded, as bytes: a clamp of sixteen values at once.
 * @param five whether the tile has a fifth pixel.
 */
// @ts-ignore: decorator
@inline
export function storeTile(
  y: usize,
  at: i32,
  multipliers: usize,
  left: i32,
  count: i32,
  outputs: i32,
  floats: i32,
  min: v128,
  max: v128,
  top: v128,
  bits: v128,
  whole: v128,
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
  five: bool,
  c40: v128,
  c41: v128,
): void {
  const m0 = v128.load(multipliers), m1 = v128.load(multipliers, 16);
  c00 = scaleFrom(c00, m0, min), c01 = scaleFrom(c01, m1, min);
  c10 = scaleFrom(c10, m0, min), c11 = scaleFrom(c11, m1, min);
  c20 = scaleFrom(c20, m0, min), c21 = scaleFrom(c21, m1, min);
  c30 = scaleFrom(c30, m0, min), c31 = scaleFrom(c31, m1, min);
  if (five) c40 = scaleFrom(c40, m0, min), c41 = scaleFrom(c41, m1, min);
  const wide = left < 8 ? left : 8;
  if (floats) {
    const to = y + 4 * at;
    storeBounded(to, c00, c01, wide, max);
    if (count > 1) storeBounded(to + 4 * outputs, c10, c11, wide, max);
    if (count > 2) storeBounded(to + 8 * outputs, c20, c21, wide, max);
    if (count > 3) storeBounded(to + 12 * outputs, c30, c31, wide, max);
    if (five && count > 4) storeBounded(to + 16 * outputs, c40, c41, wide, max);
    return;
  }
  const to = y + at;
  const low = narrow(
    i16x8.narrow_i32x4_s(round4(c00, bits, whole), round4(c01, bits, whole)),
    i16x8.narrow_i32x4_s(round4(c10, bits, whole), round4(c11, bits, whole)),
    top,
  );
  const high = narrow(
    i16x8.narrow_i32x4_s(round4(c20, bits, whole), round4(c21, bits, whole)),
    i16x8.narrow_i32x4_s(round4(c30, bits, whole), round4(c31, bits, whole)),
    top,
  );
  let last = high;
  if (five) {
    last = i16x8.narrow_i32x4_s(round4(c40, bits, whole), round4(c41, bits, whole));
    last = narrow(last, last, top);
  }
  if (left >= 8 && count > (five ? 4 : 3)) {
    v128.store64_lane(to, low, 0);
    v128.store64_lane(to + outputs, low, 1);
    v128.store64_lane(to + 2 * outputs, high, 0);
    v128.store64_lane(to + 3 * outputs, high, 1);
    if (five) v128.store64_lane(to + 4 * outputs, last, 0);
  } else {
    storeSome(to, low, high, wide, count, outputs);
    if (five && count > 4) storeBytes(to + 4 * outputs, last, wide);
  }
}

/** Stores `wide` channels of `count` pixels, two pixels a vector. */
function storeSome(
  to: usize,
  low: v128,
  high: v128,
  wide: i32,
  count: i32,
  outputs: i32,
): void {
  if (wide == 4 && count > 3) {
    v128.store32_lane(to, low, 0);
    v128.store32_lane(to + outputs, low, 2);
    v128.store32_lane(to + 2 * outputs, high, 0);
    v128.store32_lane(to + 3 * outputs, high, 2);
    return;
  }
  storeBytes(to, low, wide);
  if (count > 1) storeBytes(to + outputs, swap(low), wide);
  if (count > 2) storeBytes(to + 2 * outputs, high, wide);
  if (count > 3) storeBytes(to + 3 * outputs, swap(high), wide);
}

// @ts-ignore: decorator
@inline
function swap(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 0);
}

/** Words to bytes, bounded. */
// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128, top: v128): v128 {
  return i8x16.min_s(i8x16.narrow_i16x8_s(low, high), top);
}

/** Stores values that have no upper bound yet. */
function storeBounded(to: usize, low: v128, high: v128, wide: i32, max: v128): void {
  storeFloats(to, f32x4.pmin(low, max), f32x4.pmin(high, max), wide);
}
