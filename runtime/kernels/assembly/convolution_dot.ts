// int8 convolution where one instruction sums four products of 8 bits (VNNI, ARM's SDOT): tiles of 4
// output pixels × 8 output channels, on panels of 8 channels with 4 products a vector. Segments are
// filled up to whole vectors.
//
// `i32x4.relaxed_dot_i8x16_i7x16_add_s` takes a second operand of more than 7 bits for signed or for
// unsigned, as the platform says (hosts/dot_products.ts), but sums exactly. Word 46 is what makes
// pixels fit, 128 or 0: Σ w·a = Σ w·(a + 128) − 128·Σ w, and that Σ w is in the bias.
import { gather } from "./convolution_int8";
import { padPicture } from "./pad";
import { magic, rounding } from "./requantize";
import { storeTile } from "./store_tile";

// @ts-ignore: decorator
@inline
function dot(sum: v128, w: v128, a: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_dot_add<i32>(w, a, sum);
  return sum;
}

export function conv2d_int8_dot(p: usize): void {
  const outW = load<i32>(p, 44), pixels = load<i32>(p, 40) * outW;
  const channels = load<i32>(p, 36), outputs = load<i32>(p, 48);
  const groups = load<i32>(p, 84), perGroup = outputs / groups, depth = load<i32>(p, 108);
  const segmentBytes = load<i32>(p, 112), segments = load<i32>(p, 116);
  const offsets = load<usize>(p, 124);
  const advanceX = load<i32>(p, 64) * channels;
  const advanceY = load<i32>(p, 60) * load<i32>(p, 148) * channels;
  const inputSize = load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const patchBytes = segmentBytes + 16;
  const floats = load<i32>(p, 104), room = load<usize>(p, 20);
  const sign = i8x16.splat(<i8> load<i32>(p, 184));
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const border = i8x16.splat(<i8> load<i32>(p, 88));
  const panelBytes = segmentBytes * segments * 8;
  const patches: usize = load<i32>(p, 192) ? room + load<i32>(p, 180) : 0;
  const bits = rounding(load<i32>(p, 92)), whole = magic(bits, load<i32>(p, 92));
  let y = load<usize>(p, 4);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    let picture = load<usize>(p, 0) + n * inputSize;
    if (load<i32>(p, 120)) picture = padPicture(p, picture, 1, border);
    let weights = load<usize>(p, 8), bias = load<usize>(p, 12), multipliers = load<usize>(p, 16);
    for (let group = 0; group < groups; group++) {
      const first = picture + group * depth;
      let column = 0, row = 0;
      for (let pixel = 0; pixel < pixels; pixel += 4) {
        const count = pixels - pixel;
        let a0 = first + row * advanceY + column * advanceX;
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
        if (patches) {
          a0 = gather(p, a0, patches), a1 = gather(p, a1, patches + patchBytes);
          a2 = gather(p, a2, patches + 2 * patchBytes), a3 = gather(p, a3, patches + 3 * patchBytes);
        }
        let w = weights;
        for (let o = 0; o < perGroup; o += 8) {
          let c00 = v128.load(bias + 4 * o), c01 = v128.load(bias + 4 * o, 16);
          let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
          let segment = 0;
          // Not `for`: V8's first compiler counts every jump back, and optimizes later (hosts/copies.ts).
          do {
            const offset = load<usize>(offsets + 4 * segment);
            const b0 = a0 + offset, b1 = a1 + offset, b2 = a2 + offset, b3 = a3 + offset;
            let k = 0;
            do {
              const v0 = v128.xor(v128.load(b0 + k), sign), v1 = v128.xor(v128.load(b1 + k), sign);
              const v2 = v128.xor(v128.load(b2 + k), sign), v3 = v128.xor(v128.load(b3 + k), sign);
              let x: v128, w0: v128, w1: v128;
              w0 = v128.load(w, 0), w1 = v128.load(w, 16);
              x = i32x4.shuffle(v0, v0, 0, 0, 0, 0), c00 = dot(c00, w0, x), c01 = dot(c01, w1, x);
              x = i32x4.shuffle(v1, v1, 0, 0, 0, 0), c10 = dot(c10, w0, x), c11 = dot(c11, w1, x);
              x = i32x4.shuffle(v2, v2, 0, 0, 0, 0), c20 = dot(c20, w0, x), c21 = dot(c21, w1, x);
              x = i32x4.shuffle(v3, v3, 0, 0, 0, 0), c30 = dot(c30, w0, x), c31 = dot(c31, w1, x);
              w0 = v128.load(w, 32), w1 = v128.load(w, 48);
              x = i32x4.shuffle(v0, v0, 1, 1, 1, 1), c00 = dot(c00, w0, x), c01 = dot(c01, w1, x);
              x = i32x4.shuffle(v1, v1, 1, 1, 1, 1), c10 = dot(c10, w0, x), c11 = dot(c11, w1, x);
              x = i32x4.shuffle(v2, v2, 1, 1, 1, 1), c20 = dot(c20, w0, x), c21 = dot(c21, w1, x);
              x = i32x4.shuffle(v3, v3, 1, 1, 1, 1), c30 = dot(c30, w0, x), c31 = dot(c31, w1, x);
              w0 = v128.load(w, 64), w1 = v128.load(w, 80);
              x = i32x4.shuffle(v0, v0, 2, 2, 2, 2), c00 = dot(c00, w0, x), c01 = dot(c01, w1, x);
              x = i32x4.shuffle(v1, v1, 2, 2, 2, 2), c10 = dot(c10, w0, x), c11 = dot(c11, w1, x);
              x = i32x4.shuffle(v2, v2, 2, 2, 2, 2), c20 = dot(c20, w0, x), c21 = dot(c21, w1, x);
              x = i32x4.shuffle(v3, v3, 2, 2, 2, 2), c30 = dot(c30, w0, x), c31 = dot(c31, w1, x);
              w0 = v128.load(w, 96), w1 = v128.load(w, 112);
              x = i32x4.shuffle(v0, v0, 3, 3, 3, 3), c00 = dot(c00, w0, x), c01 = dot(c01, w1, x);
              x = i32x4.shuffle(v1, v1, 3, 3, 3, 3), c10 = dot(c10, w0, x), c11 = dot(c11, w1, x);
              x = i32x4.shuffle(v2, v2, 3, 3, 3, 3), c20 = dot(c20, w0, x), c21 = dot(c21, w1, x);
              x = i32x4.shuffle(v3, v3, 3, 3, 3, 3), c30 = dot(c30, w0, x), c31 = dot(c31, w1, x);
              w += 128;
              k += 16;
            } while (k < segmentBytes);
          } while (++segment < segments);
          const at = pixel * outputs + group * perGroup + o;
          storeTile(
            y, at, multipliers + 4 * o, perGroup - o, count, outputs, floats, room,
            min, max, bits, whole, c00, c01, c10, c11, c20, c21, c30, c31,
          );
        }
      }
      weights += ((perGroup + 7) / 8) * panelBytes;
      bias += 4 * perGroup;
      multipliers += 4 * perGroup;
    }
    y += pixels * outputs * (floats ? 4 : 1);
  }
}
