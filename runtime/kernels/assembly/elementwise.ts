// Add of equal shapes, Quantize. Words of `p`: 0 a · 1 b · 2 y · 3 count · 4 za · 5 zb · 6 zy ·
// 7 factorA · 8 factorB · 9 min · 10 max (float32, zero point taken off for int8).
// The last vector may reach behind the last value: activations start at multiples of 16 bytes, so all of
// the 16 that a tensor ends in are its own.
import { clamp4, magic, round4, rounding } from "./requantize";

export function add_int8(p: usize): void {
  const a = load<usize>(p, 0), b = load<usize>(p, 4), y = load<usize>(p, 8);
  const count = load<i32>(p, 12), zy = load<i32>(p, 24), bits = rounding(zy), whole = magic(bits, zy);
  const za = i16x8.splat(<i16> load<i32>(p, 16)), zb = i16x8.splat(<i16> load<i32>(p, 20));
  const fa = v128.load32_splat(p + 28), fb = v128.load32_splat(p + 32);
  const min = v128.load32_splat(p + 36), max = v128.load32_splat(p + 40);
  for (let i = 0; i < count; i += 8) {
    const left = i16x8.sub(v128.load8x8_s(a + i), za), right = i16x8.sub(v128.load8x8_s(b + i), zb);
    const low = f32x4.add(
      f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(left)), fa),
      f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(right)), fb),
    );
    const high = f32x4.add(
      f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(left)), fa),
      f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(right)), fb),
    );
    const words = i16x8.narrow_i32x4_s(
      round4(clamp4(low, min, max), bits, whole),
      round4(clamp4(high, min, max), bits, whole),
    );
    v128.store64_lane(y + i, i8x16.narrow_i16x8_s(words, words), 0);
  }
}

export function add_float32(p: usize): void {
  const a = load<usize>(p, 0), b = load<usize>(p, 4), y = load<usize>(p, 8);
  const count = load<i32>(p, 12);
  const fa = v128.load32_splat(p + 28), fb = v128.load32_splat(p + 32);
  const min = v128.load32_splat(p + 36), max = v128.load32_splat(p + 40);
  for (let i = 0; i < count; i += 4) {
    const left = f32x4.mul(v128.load(a + 4 * i), fa);
    const right = f32x4.mul(v128.load(b + 4 * i), fb);
    v128.store(y + 4 * i, clamp4(f32x4.add(left, right), min, max));
  }
}

export function quantize(p: usize): void {
  const a = load<usize>(p, 0), y = load<usize>(p, 8), count = load<i32>(p, 12);
  const zy = load<i32>(p, 24), bits = rounding(zy), whole = magic(bits, zy), factor = v128.load32_splat(p + 28);
  const min = v128.load32_splat(p + 36), max = v128.load32_splat(p + 40);
  for (let i = 0; i < count; i += 8) {
    const low = clamp4(f32x4.mul(v128.load(a + 4 * i), factor), min, max);
    const high = clamp4(f32x4.mul(v128.load(a + 4 * i, 16), factor), min, max);
    const words = i16x8.narrow_i32x4_s(round4(low, bits, whole), round4(high, bits, whole));
    v128.store64_lane(y + i, i8x16.narrow_i16x8_s(words, words), 0);
  }
}
