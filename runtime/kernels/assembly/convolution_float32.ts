// float32 convolution: tiles of 4 output pixels × 8 output channels. Sums start with the bias and
// add one product after the other, as the reference does; relaxed SIMD fuses multiply and add.
import { padPicture } from "./pad";
import { clamp4, storeFloats } from "./requantize";

// @ts-ignore: decorator
@inline
export function fma(sum: v128, a: v128, w: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, w, sum);
  return f32x4.add(sum, f32x4.mul(a, w));
}

export function conv2d_float32(p: usize): void {
  const outW = load<i32>(p, 44), pixels = load<i32>(p, 40) * outW;
  const channels = load<i32>(p, 36), outputs = load<i32>(p, 48);
  const groups = load<i32>(p, 84), perGroup = outputs / groups, depth = load<i32>(p, 108);
  const segmentBytes = load<i32>(p, 112), segments = load<i32>(p, 116);
  const offsets = load<usize>(p, 124);
  const advanceX = 4 * load<i32>(p, 64) * channels;
  const advanceY = 4 * load<i32>(p, 60) * load<i32>(p, 148) * channels;
  const panelBytes = segmentBytes * segments * 8;
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const inputBytes = 4 * load<i32>(p, 28) * load<i32>(p, 32) * channels;
  let y = load<usize>(p, 4);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    let picture = load<usize>(p, 0) + n * inputBytes;
    if (load<i32>(p, 120)) picture = padPicture(p, picture, 4, f32x4.splat(0));
    let weights = load<usize>(p, 8), bias = load<usize>(p, 12);
    for (let group = 0; group < groups; group++) {
      const first = picture + 4 * group * depth;
      let column = 0, row = 0;
      for (let pixel = 0; pixel < pixels; pixel += 4) {
        const count = pixels - pixel;
        const a0 = first + row * advanceY + column * advanceX;
        if (++column == outW) column = 0, row++;
        let a1 = a0, a2 = a0, a3 = a0;
        if (count > 1) {
          a1 = first + row * advanceY + column * advanceX;
          if (++column == outW) column = 0, row++;
        }
        if (count > 2) {
          a2 = first + row * advanceY + column * advanceX;
          if (++column == outW) column = 0, row++;
        }
        if (count > 3) {
          a3 = first + row * advanceY + column * advanceX;
          if (++column == outW) column = 0, row++;
        }
        let w = weights;
        for (let o = 0; o < perGroup; o += 8) {
          let c00 = v128.load(bias + 4 * o), c01 = v128.load(bias + 4 * o, 16);
          let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
          for (let segment = 0; segment < segments; segment++) {
            const offset = load<usize>(offsets + 4 * segment);
            const b0 = a0 + offset, b1 = a1 + offset, b2 = a2 + offset, b3 = a3 + offset;
            let k = 0;
            for (; k + 16 <= segmentBytes; k += 16) {
              const v0 = v128.load(b0 + k), v1 = v128.load(b1 + k);
              const v2 = v128.load(b2 + k), v3 = v128.load(b3 + k);
              let x: v128, w0: v128, w1: v128;
              w0 = v128.load(w, 0), w1 = v128.load(w, 16);
              x = i32x4.shuffle(v0, v0, 0, 0, 0, 0);
              c00 = fma(c00, x, w0), c01 = fma(c01, x, w1);
              x = i32x4.shuffle(v1, v1, 0, 0, 0, 0);
              c10 = fma(c10, x, w0), c11 = fma(c11, x, w1);
              x = i32x4.shuffle(v2, v2, 0, 0, 0, 0);
              c20 = fma(c20, x, w0), c21 = fma(c21, x, w1);
              x = i32x4.shuffle(v3, v3, 0, 0, 0, 0);
              c30 = fma(c30, x, w0), c31 = fma(c31, x, w1);
              w0 = v128.load(w, 32), w1 = v128.load(w, 48);
              x = i32x4.shuffle(v0, v0, 1, 1, 1, 1);
              c00 = fma(c00, x, w0), c01 = fma(c01, x, w1);
              x = i32x4.shuffle(v1, v1, 1, 1, 1, 1);
              c10 = fma(c10, x, w0), c11 = fma(c11, x, w1);
              x = i32x4.shuffle(v2, v2, 1, 1, 1, 1);
              c20 = fma(c20, x, w0), c21 = fma(c21, x, w1);
              x = i32x4.shuffle(v3, v3, 1, 1, 1, 1);
              c30 = fma(c30, x, w0), c31 = fma(c31, x, w1);
              w0 = v128.load(w, 64), w1 = v128.load(w, 80);
              x = i32x4.shuffle(v0, v0, 2, 2, 2, 2);
              c00 = fma(c00, x, w0), c01 = fma(c01, x, w1);
              x = i32x4.shuffle(v1, v1, 2, 2, 2, 2);
              c10 = fma(c10, x, w0), c11 = fma(c11, x, w1);
              x = i32x4.shuffle(v2, v2, 2, 2, 2, 2);
              c20 = fma(c20, x, w0), c21 = fma(c21, x, w1);
              x = i32x4.shuffle(v3, v3, 2, 2, 2, 2);
              c30 = fma(c30, x, w0), c31 = fma(c31, x, w1);
              w0 = v128.load(w, 96), w1 = v128.load(w, 112);
              x = i32x4.shuffle(v0, v0, 3, 3, 3, 3);
              c00 = fma(c00, x, w0), c01 = fma(c01, x, w1);
              x = i32x4.shuffle(v1, v1, 3, 3, 3, 3);
              c10 = fma(c10, x, w0), c11 = fma(c11, x, w1);
              x = i32x4.shuffle(v2, v2, 3, 3, 3, 3);
              c20 = fma(c20, x, w0), c21 = fma(c21, x, w1);
              x = i32x4.shuffle(v3, v3, 3, 3, 3, 3);
              c30 = fma(c30, x, w0), c31 = fma(c31, x, w1);
              w += 128;
            }
            for (; k < segmentBytes; k += 4) {
              const w0 = v128.load(w), w1 = v128.load(w, 16);
              w += 32;
              const x0 = v128.load32_splat(b0 + k);
              c00 = fma(c00, x0, w0);
              c01 = fma(c01, x0, w1);
              const x1 = v128.load32_splat(b1 + k);
              c10 = fma(c10, x1, w0);
              c11 = fma(c11, x1, w1);
              const x2 = v128.load32_splat(b2 + k);
              c20 = fma(c20, x2, w0);
              c21 = fma(c21, x2, w1);
              const x3 = v128.load32_splat(b3 + k);
              c30 = fma(c30, x3, w0);
              c31 = fma(c31, x3, w1);
            }
          }
          const to = y + 4 * (pixel * outputs + group * perGroup + o);
          const wide = perGroup - o;
          finish(to, c00, c01, min, max, wide);
          if (count > 1) finish(to + 4 * outputs, c10, c11, min, max, wide);
          if (count > 2) finish(to + 8 * outputs, c20, c21, min, max, wide);
          if (count > 3) finish(to + 12 * outputs, c30, c31, min, max, wide);
        }
      }
      weights += ((perGroup + 7) / 8) * panelBytes;
      bias += 4 * perGroup;
    }
    y += 4 * pixels * outputs;
  }
}

// @ts-ignore: decorator
@inline
function finish(to: usize, low: v128, high: v128, min: v128, max: v128, wide: i32): void {
  low = clamp4(low, min, max);
  high = clamp4(high, min, max);
  if (wide >= 8) {
    v128.store(to, low);
    v128.store(to, high, 16);
  } else if (wide == 4) v128.store(to, low);
  else storeFloats(to, low, high, wide);
}
