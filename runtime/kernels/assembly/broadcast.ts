// Two operands of different shapes: up to four axes, along which an operand's stride may be 0.
//
// Words of `p`: 0 a · 1 b · 2 y · 3 kind: 0 add, 1 multiply, 2 divide, 3 maximum, 4 minimum · 4–7 sizes ·
// 8–11 strides of a in values · 12–15 of b · 16 za · 17 zb · 18 zy · 19 factorA, or the factor of a
// product · 20 factorB · 21 min · 22 max (float32, zero point taken off for int8).
import { clamp4, magic, round4, rounding } from "./requantize";

/** Four values, or one four times. */
// @ts-ignore: decorator
@inline
function four(at: usize, step: i32): v128 {
  return step ? v128.load(at) : v128.load32_splat(at);
}

// @ts-ignore: decorator
@inline
function four8(at: usize, step: i32, zero: v128): v128 {
  const bytes = step ? v128.load32_zero(at) : v128.load8_splat(at);
  return i32x4.sub(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes)), zero);
}

export function broadcast_float32(p: usize): void {
  const kind = load<i32>(p, 12), count = load<i32>(p, 28);
  const stepA = load<i32>(p, 44), stepB = load<i32>(p, 60);
  const fa = v128.load32_splat(p + 76), fb = v128.load32_splat(p + 80);
  const min = v128.load32_splat(p + 84), max = v128.load32_splat(p + 88);
  let y = load<usize>(p, 8);
  for (let i = 0; i < load<i32>(p, 16); i++) {
    for (let j = 0; j < load<i32>(p, 20); j++) {
      for (let k = 0; k < load<i32>(p, 24); k++) {
        const a = load<usize>(p, 0) +
          4 * (i * load<i32>(p, 32) + j * load<i32>(p, 36) + k * load<i32>(p, 40));
        const b = load<usize>(p, 4) +
          4 * (i * load<i32>(p, 48) + j * load<i32>(p, 52) + k * load<i32>(p, 56));
        for (let l = 0; l < count; l += 4) {
          const left = four(a + 4 * l * stepA, stepA), right = four(b + 4 * l * stepB, stepB);
          let result: v128;
          if (kind == 0) result = clamp4(f32x4.add(f32x4.mul(left, fa), f32x4.mul(right, fb)), min, max);
          else if (kind == 1) result = clamp4(f32x4.mul(left, right), min, max);
          else if (kind == 2) result = f32x4.div(left, right);
          else if (kind == 3) result = f32x4.pmax(left, right);
          else result = f32x4.pmin(left, right);
          const rest = count - l;
          if (rest >= 4) v128.store(y + 4 * l, result);
          else {
            v128.store32_lane(y + 4 * l, result, 0);
            if (rest > 1) v128.store32_lane(y + 4 * l, result, 1, 4);
            if (rest > 2) v128.store32_lane(y + 4 * l, result, 2, 8);
          }
        }
        y += 4 * count;
      }
    }
  }
}

export function broadcast_int8(p: usize): void {
  const kind = load<i32>(p, 12), count = load<i32>(p, 28);
  const stepA = load<i32>(p, 44), stepB = load<i32>(p, 60);
  const za = v128.load32_splat(p + 64), zb = v128.load32_splat(p + 68);
  const zy = load<i32>(p, 72), bits = rounding(zy), whole = magic(bits, zy);
  const fa = v128.load32_splat(p + 76), fb = v128.load32_splat(p + 80);
  const min = v128.load32_splat(p + 84), max = v128.load32_splat(p + 88);
  let y = load<usize>(p, 8);
  for (let i = 0; i < load<i32>(p, 16); i++) {
    for (let j = 0; j < load<i32>(p, 20); j++) {
      for (let k = 0; k < load<i32>(p, 24); k++) {
        const a = load<usize>(p, 0) + i * load<i32>(p, 32) + j * load<i32>(p, 36) + k * load<i32>(p, 40);
        const b = load<usize>(p, 4) + i * load<i32>(p, 48) + j * load<i32>(p, 52) + k * load<i32>(p, 56);
        for (let l = 0; l < count; l += 4) {
          const left = four8(a + l * stepA, stepA, za), right = four8(b + l * stepB, stepB, zb);
          const value = kind == 0
            ? f32x4.add(
              f32x4.mul(f32x4.convert_i32x4_s(left), fa),
              f32x4.mul(f32x4.convert_i32x4_s(right), fb),
            )
            : f32x4.mul(f32x4.convert_i32x4_s(i32x4.mul(left, right)), fa);
          const rounded = round4(clamp4(value, min, max), bits, whole);
          const words = i16x8.narrow_i32x4_s(rounded, rounded);
          const bytes = i8x16.narrow_i16x8_s(words, words);
          const rest = count - l;
          if (rest >= 4) v128.store32_lane(y + l, bytes, 0);
          else {
            v128.store8_lane(y + l, bytes, 0);
            if (rest > 1) v128.store8_lane(y + l, bytes, 1, 1);
            if (rest > 2) v128.store8_lane(y + l, bytes, 2, 2);
          }
        }
        y += count;
      }
    }
  }
}
