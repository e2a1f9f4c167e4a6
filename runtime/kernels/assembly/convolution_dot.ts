// int8 convolution where one instruction sums four products of 8 bits (VNNI, ARM's SDOT): tiles of 5
// output pixels × 8 output channels. The instruction takes 5 cycles and two begin in each, so it takes
// ten sums to keep it busy. Segments are filled up to whole vectors.
//
// Loads are checked, which takes as long as a product: so pixels come by 8 bytes, two quads twice,
// and panels have the quads of odd channels swapped. What a load gives meets q0 q1 q0 q1 of four
// channels, and with its quads swapped q1 q0 q1 q0.
//
// `i32x4.relaxed_dot_i8x16_i7x16_add_s` takes a second operand of more than 7 bits for signed or for
// unsigned, as the platform says (hosts/dot_products.ts), but sums exactly. Word 46 is what makes
// pixels fit, 128 or 0: Σ w·a = Σ w·(a + 128) − 128·Σ w, and that Σ w is in the bias. It is added as
// the picture is copied.
import { gather } from "./convolution_int8";
import { padPicture } from "./pad";
import { magic, rounding, topOf } from "./requantize";
import { storeTile } from "./store_tile";

// @ts-ignore: decorator
@inline
function dot(sum: v128, w: v128, a: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_dot_add<i32>(w, a, sum);
  return sum;
}

/** Quads of both halves the other way round. */
// @ts-ignore: decorator
@inline
function swap(x: v128): v128 {
  return i32x4.shuffle(x, x, 1, 0, 3, 2);
}

export function conv2d_int8_dot(p: usize): void {
  const outW = load<i32>(p, 44), pixels = load<i32>(p, 40) * outW;
  const channels = load<i32>(p, 36), outputs = load<i32>(p, 48);
  const groups = load<i32>(p, 84), perGroup = outputs / groups, depth = load<i32>(p, 108);
  const segmentBytes = load<i32>(p, 112), segments = load<i32>(p, 116);
  const offsets = load<usize>(p, 124);
  const advanceX = load<i32>(p, 64) * channels;
  const nextRow = load<i32>(p, 60) * load<i32>(p, 148) * channels - outW * advanceX;
  const inputSize = load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const patchBytes = segmentBytes + 16;
  const floats = load<i32>(p, 104), room = load<usize>(p, 20);
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const panelBytes = segmentBytes * segments * 8;
  const patches: usize = load<i32>(p, 192) ? room + load<i32>(p, 180) : 0;
  const bits = rounding(load<i32>(p, 92)), whole = magic(bits, load<i32>(p, 92));
  const top = topOf(max, bits, whole);
  let y = load<usize>(p, 4);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    let picture = load<usize>(p, 0) + n * inputSize;
    if (load<i32>(p, 120)) {
      // Not outside: it would take a register from the sums.
      const sign = i8x16.splat(<i8> load<i32>(p, 184));
      picture = padPicture(p, picture, 1, v128.xor(i8x16.splat(<i8> load<i32>(p, 88)), sign), sign);
    }
    let weights = load<usize>(p, 8), bias = load<usize>(p, 12), multipliers = load<usize>(p, 16);
    for (let group = 0; group < groups; group++) {
      let at = picture + group * depth, column = 0;
      for (let pixel = 0; pixel < pixels; pixel += 5) {
        const count = pixels - pixel;
        // Pixels that are not there are the first one again.
        let a0 = at;
        at += advanceX;
        if (++column == outW) column = 0, at += nextRow;
        let a1 = count > 1 ? at : a0;
        at += advanceX;
        if (++column == outW) column = 0, at += nextRow;
        let a2 = count > 2 ? at : a0;
        at += advanceX;
        if (++column == outW) column = 0, at += nextRow;
        let a3 = count > 3 ? at : a0;
        at += advanceX;
        if (++column == outW) column = 0, at += nextRow;
        let a4 = count > 4 ? at : a0;
        at += advanceX;
        if (++column == outW) column = 0, at += nextRow;
        if (patches) {
          a0 = gather(p, a0, patches), a1 = gather(p, a1, patches + patchBytes);
          a2 = gather(p, a2, patches + 2 * patchBytes), a3 = gather(p, a3, patches + 3 * patchBytes);
          a4 = gather(p, a4, patches + 4 * patchBytes);
        }
        let w = weights;
        for (let o = 0; o < perGroup; o += 8) {
          let c00 = v128.load(bias + 4 * o), c01 = v128.load(bias + 4 * o, 16);
          let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01;
          let segment = 0;
          // Not `for`: V8's first compiler counts every jump back, and optimizes later (hosts/copies.ts).
          do {
            const offset = load<usize>(offsets + 4 * segment);
            let b0 = a0 + offset, b1 = a1 + offset, b2 = a2 + offset, b3 = a3 + offset, b4 = a4 + offset;
            const end = w + 8 * segmentBytes;
            do {
              let x: v128;
              let w0 = v128.load(w, 0), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
              x = v128.load64_splat(b0, 0), c00 = dot(c00, w0, x), c01 = dot(c01, w1, x);
              x = swap(x), c00 = dot(c00, w2, x), c01 = dot(c01, w3, x);
              x = v128.load64_splat(b1, 0), c10 = dot(c10, w0, x), c11 = dot(c11, w1, x);
              x = swap(x), c10 = dot(c10, w2, x), c11 = dot(c11, w3, x);
              x = v128.load64_splat(b2, 0), c20 = dot(c20, w0, x), c21 = dot(c21, w1, x);
              x = swap(x), c20 = dot(c20, w2, x), c21 = dot(c21, w3, x);
              x = v128.load64_splat(b3, 0), c30 = dot(c30, w0, x), c31 = dot(c31, w1, x);
              x = swap(x), c30 = dot(c30, w2, x), c31 = dot(c31, w3, x);
              x = v128.load64_splat(b4, 0), c40 = dot(c40, w0, x), c41 = dot(c41, w1, x);
              x = swap(x), c40 = dot(c40, w2, x), c41 = dot(c41, w3, x);
              w0 = v128.load(w, 64), w1 = v128.load(w, 80), w2 = v128.load(w, 96), w3 = v128.load(w, 112);
              x = v128.load64_splat(b0, 8), c00 = dot(c00, w0, x), c01 = dot(c01, w1, x);
              x = swap(x), c00 = dot(c00, w2, x), c01 = dot(c01, w3, x);
              x = v128.load64_splat(b1, 8), c10 = dot(c10, w0, x), c11 = dot(c11, w1, x);
              x = swap(x), c10 = dot(c10, w2, x), c11 = dot(c11, w3, x);
              x = v128.load64_splat(b2, 8), c20 = dot(c20, w0, x), c21 = dot(c21, w1, x);
              x = swap(x), c20 = dot(c20, w2, x), c21 = dot(c21, w3, x);
              x = v128.load64_splat(b3, 8), c30 = dot(c30, w0, x), c31 = dot(c31, w1, x);
              x = swap(x), c30 = dot(c30, w2, x), c31 = dot(c31, w3, x);
              x = v128.load64_splat(b4, 8), c40 = dot(c40, w0, x), c41 = dot(c41, w1, x);
              x = swap(x), c40 = dot(c40, w2, x), c41 = dot(c41, w3, x);
              b0 += 16, b1 += 16, b2 += 16, b3 += 16, b4 += 16;
              w += 128;
            } while (w < end);
          } while (++segment < segments);
          const place = pixel * outputs + group * perGroup + o;
          storeTile(
            y, place, multipliers + 4 * o, perGroup - o, count, outputs, floats,
            min, max, top, bits, whole, c00, c01, c10, c11, c20, c21, c30, c31, true, c40, c41,
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
