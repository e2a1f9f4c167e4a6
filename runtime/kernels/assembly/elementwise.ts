// Add of equal shapes, Quantize. Words of `p`: 0 a · 1 b · 2 y · 3 count · 4 za · 5 zb · 6 zy ·
// 7 factorA · 8 factorB · 9 min · 10 max (float32, zero point taken off for int8).
import { clamp4, pack4, round1, round4 } from "./requantize";

// @ts-ignore: decorator
@inline
function widen(at: usize, zero: v128): v128 {
  return i32x4.sub(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(at))), zero);
}

export function add_int8(p: usize): void {
  const a = load<usize>(p, 0), b = load<usize>(p, 4), y = load<usize>(p, 8);
  const count = load<i32>(p, 12), zy = load<i32>(p, 24);
  const za = v128.load32_splat(p + 16), zb = v128.load32_splat(p + 20);
  const fa = v128.load32_splat(p + 28), fb = v128.load32_splat(p + 32);
  const min = v128.load32_splat(p + 36), max = v128.load32_splat(p + 40);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const left = f32x4.mul(f32x4.convert_i32x4_s(widen(a + i, za)), fa);
    const right = f32x4.mul(f32x4.convert_i32x4_s(widen(b + i, zb)), fb);
    store<i32>(y + i, pack4(round4(clamp4(f32x4.add(left, right), min, max), zy)));
  }
  for (; i < count; i++) {
    const left = <f32> (load<i8>(a + i) - load<i32>(p, 16)) * load<f32>(p, 28);
    const right = <f32> (load<i8>(b + i) - load<i32>(p, 20)) * load<f32>(p, 32);
    store<i8>(y + i, <i8> round1(left + right, load<f32>(p, 36), load<f32>(p, 40), zy));
  }
}

export function add_float32(p: usize): void {
  const a = load<usize>(p, 0), b = load<usize>(p, 4), y = load<usize>(p, 8);
  const count = load<i32>(p, 12);
  const fa = v128.load32_splat(p + 28), fb = v128.load32_splat(p + 32);
  const min = v128.load32_splat(p + 36), max = v128.load32_splat(p + 40);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const left = f32x4.mul(v128.load(a + 4 * i), fa);
    const right = f32x4.mul(v128.load(b + 4 * i), fb);
    v128.store(y + 4 * i, clamp4(f32x4.add(left, right), min, max));
  }
  for (; i < count; i++) {
    const low = load<f32>(p, 36), high = load<f32>(p, 40);
    let sum: f32 = load<f32>(a + 4 * i) * load<f32>(p, 28) + load<f32>(b + 4 * i) * load<f32>(p, 32);
    sum = low < sum ? sum : low;
    store<f32>(y + 4 * i, high < sum ? high : sum);
  }
}

export function quantize(p: usize): void {
  const a = load<usize>(p, 0), y = load<usize>(p, 8), count = load<i32>(p, 12);
  const zy = load<i32>(p, 24), factor = v128.load32_splat(p + 28);
  const min = v128.load32_splat(p + 36), max = v128.load32_splat(p + 40);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const x = f32x4.mul(v128.load(a + 4 * i), factor);
    store<i32>(y + i, pack4(round4(clamp4(x, min, max), zy)));
  }
  for (; i < count; i++) {
    const x: f32 = load<f32>(a + 4 * i) * load<f32>(p, 28);
    store<i8>(y + i, <i8> round1(x, load<f32>(p, 36), load<f32>(p, 40), zy));
  }
}
