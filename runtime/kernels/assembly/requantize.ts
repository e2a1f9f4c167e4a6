// From accumulators to outputs (runtime/reference/requantize.ts), four at a time.

/** 1.5 × 2²³; adding it rounds half to even and leaves the integer in the low bits. */
const MAGIC: f32 = 12582912.0;
const MAGIC_BITS: i32 = 0x4b400000;

/** max(low, x) then min(high, ·); NaN gives low. */
// @ts-ignore: decorator
@inline
export function clamp4(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(low, x), high);
}

/** Clamped values in units of the scale to integers with the zero point added. */
// @ts-ignore: decorator
@inline
export function round4(bounded: v128, zero: i32): v128 {
  return i32x4.sub(f32x4.add(bounded, f32x4.splat(MAGIC)), i32x4.splat(MAGIC_BITS - zero));
}

/** The same for one value. */
// @ts-ignore: decorator
@inline
export function round1(x: f32, low: f32, high: f32, zero: i32): i32 {
  let bounded: f32 = low < x ? x : low;
  bounded = high < bounded ? high : bounded;
  return reinterpret<i32>(bounded + MAGIC) - (MAGIC_BITS - zero);
}

/** Four int32 in −128…127 as the low four bytes. */
// @ts-ignore: decorator
@inline
export function pack4(x: v128): i32 {
  const words = i16x8.narrow_i32x4_s(x, x);
  return i32x4.extract_lane(i8x16.narrow_i16x8_s(words, words), 0);
}
