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

/** What `round4` takes off: the bits of MAGIC less the zero point. */
// @ts-ignore: decorator
@inline
export function rounding(zero: i32): v128 {
  return i32x4.splat(MAGIC_BITS - zero);
}

/** MAGIC four times, as a value that V8 does not know: constants it builds anew at every use. */
// @ts-ignore: decorator
@inline
export function magic(bits: v128, zero: i32): v128 {
  return i32x4.add(bits, i32x4.splat(zero));
}

/** Clamped values in units of the scale to integers with the zero point added. */
// @ts-ignore: decorator
@inline
export function round4(bounded: v128, bits: v128, magic: v128): v128 {
  return i32x4.sub(f32x4.add(bounded, magic), bits);
}

/** Accumulators to clamped values in units of the output's scale. */
// @ts-ignore: decorator
@inline
export function scale4(sum: v128, multiplier: v128, low: v128, high: v128): v128 {
  return clamp4(f32x4.mul(f32x4.convert_i32x4_s(sum), multiplier), low, high);
}

/** `scale4` without the upper bound. Rounded, what is above saturates. */
// @ts-ignore: decorator
@inline
export function scaleFrom(sum: v128, multiplier: v128, low: v128): v128 {
  return f32x4.pmax(low, f32x4.mul(f32x4.convert_i32x4_s(sum), multiplier));
}

/** An upper bound as sixteen bytes. */
// @ts-ignore: decorator
@inline
export function topOf(max: v128, bits: v128, magic: v128): v128 {
  const words = round4(max, bits, magic);
  const bytes = i16x8.narrow_i32x4_s(words, words);
  return i8x16.narrow_i16x8_s(bytes, bytes);
}

/** Stores the first `count` (1…8) of eight float32, from registers: see storeBytes. */
export function storeFloats(to: usize, low: v128, high: v128, count: i32): void {
  if (count >= 4) v128.store(to, low), low = high, to += 16;
  if (count == 8) v128.store(to, low);
  if (count & 2) {
    v128.store64_lane(to, low, 0);
    low = i64x2.shuffle(low, low, 1, 0), to += 8;
  }
  if (count & 1) v128.store32_lane(to, low, 0);
}

/** Stores the first `count` (0…15) bytes, from registers: memory just written is slow to read again. */
export function storeBytes(to: usize, bytes: v128, count: i32): void {
  if (count & 8) {
    v128.store64_lane(to, bytes, 0);
    bytes = i64x2.shuffle(bytes, bytes, 1, 0), to += 8;
  }
  if (count & 4) {
    v128.store32_lane(to, bytes, 0);
    bytes = i32x4.shuffle(bytes, bytes, 1, 2, 3, 0), to += 4;
  }
  if (count & 2) {
    v128.store16_lane(to, bytes, 0);
    bytes = i16x8.shuffle(bytes, bytes, 1, 2, 3, 4, 5, 6, 7, 0), to += 2;
  }
  if (count & 1) v128.store8_lane(to, bytes, 0);
}
