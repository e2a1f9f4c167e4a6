// int8 convolution as a matrix product: tiles of 4 output pixels × 8 output channels. A window is a
// few segments, each contiguous in the picture; nothing is gathered.
import { padPicture } from "./pad";
import { magic, rounding, topOf } from "./requantize";
import { storeTile } from "./store_tile";

/**
 * Weights in −64…63 stored as w + 64 (relaxed SIMD): panels of 8 channels with 4 products a vector.
 * Σ a·w = Σ a·(w + 64) − z·Σ a, and Σ a is one sum a pixel, for all channels.
 */
export function conv2d_int8_7bit(p: usize): void {
  convolve(p, true, false);
}

/**
 * Weights in −8…7 stored as w + 8, the same way: eight products of 15 · 128 · 2 at most fit int16, so
 * they are summed there (DESIGN.md §7).
 */
export function conv2d_int8_4bit(p: usize): void {
  convolve(p, true, true);
}

/** Any int8 weights, widened to int16: a picture of int16, panels with 2 products a vector. */
export function conv2d_int8(p: usize): void {
  convolve(p, false, false);
}

/** One step of 4 bytes of a row: 4 channels × 4 products in 7 bits, or × 2 products in 16. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, a: v128, w: v128, ones: v128, seven: bool): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (seven) return i32x4.add(sum, i32x4.dot_i16x8_s(v128.relaxed_dot<i16>(a, w), ones));
  }
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, w));
}

/** The same four products a channel in int16. */
// @ts-ignore: decorator
@inline
function dot16(sum: v128, a: v128, w: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.add(sum, v128.relaxed_dot<i16>(a, w));
  return sum;
}

// @ts-ignore: decorator
@inline
function convolve(p: usize, seven: bool, four: bool): void {
  const outW = load<i32>(p, 44), pixels = load<i32>(p, 40) * outW;
  const channels = load<i32>(p, 36), outputs = load<i32>(p, 48);
  const groups = load<i32>(p, 84), perGroup = outputs / groups, depth = load<i32>(p, 108);
  const segmentBytes = load<i32>(p, 112), segments = load<i32>(p, 116);
  const offsets = load<usize>(p, 124);
  const paddedW = load<i32>(p, 148);
  const stepX = load<i32>(p, 64), stepY = load<i32>(p, 60);
  const size = seven ? 1 : 2;
  const advanceX = stepX * channels * size, advanceY = stepY * paddedW * channels * size;
  const panelBytes = segmentBytes * segments * 8;
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const bits = rounding(load<i32>(p, 92)), whole = magic(bits, load<i32>(p, 92));
  const top = topOf(max, bits, whole);
  const floats = load<i32>(p, 104), room = load<usize>(p, 20);
  const ones = v128.load(p + 128);
  const sums = room + load<i32>(p, 152);
  const narrow = load<i32>(p, 156);
  const patches: usize = !seven && load<i32>(p, 192) ? room + load<i32>(p, 180) : 0;
  const patchBytes = segmentBytes + 16;
  const border = seven ? i8x16.splat(<i8> load<i32>(p, 88)) : i16x8.splat(<i16> load<i32>(p, 88));
  const inputSize = load<i32>(p, 28) * load<i32>(p, 32) * channels;
  let y = load<usize>(p, 4);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    let picture = load<usize>(p, 0) + n * inputSize;
    if (load<i32>(p, 120)) picture = padPicture(p, picture, size, border);
    let weights = load<usize>(p, 8), bias = load<usize>(p, 12), multipliers = load<usize>(p, 16);
    for (let group = 0; group < groups; group++) {
      if (seven && !narrow) sumPixels(p, picture + group * depth, sums);
      const first = picture + group * depth * size;
      let column = 0, row = 0;
      for (let pixel = 0; pixel < pixels; pixel += 4) {
        const count = pixels - pixel;
        let a0 = first + row * advanceY + column * advanceX;
        let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
        if (seven) s0 = windowSum(p, a0, row, column);
        if (++column == outW) column = 0, row++;
        let a1 = a0, a2 = a0, a3 = a0;
        if (count > 1) {
          a1 = first + row * advanceY + column * advanceX;
          if (seven) s1 = windowSum(p, a1, row, column);
          if (++column == outW) column = 0, row++;
        }
        if (count > 2) {
          a2 = first + row * advanceY + column * advanceX;
          if (seven) s2 = windowSum(p, a2, row, column);
          if (++column == outW) column = 0, row++;
        }
        if (count > 3) {
          a3 = first + row * advanceY + column * advanceX;
          if (seven) s3 = windowSum(p, a3, row, column);
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
          if (seven) {
            c00 = i32x4.sub(c00, s0), c01 = i32x4.sub(c01, s0);
            c10 = i32x4.sub(c10, s1), c11 = i32x4.sub(c11, s1);
            c20 = i32x4.sub(c20, s2), c21 = i32x4.sub(c21, s2);
            c30 = i32x4.sub(c30, s3), c31 = i32x4.sub(c31, s3);
          }
          let segment = 0;
          // Not `for`: V8's first compiler counts every jump back, and optimizes later (hosts/copies.ts).
          do {
            const offset = load<usize>(offsets + 4 * segment);
            const b0 = a0 + offset, b1 = a1 + offset, b2 = a2 + offset, b3 = a3 + offset;
            let k = 0;
            // Four steps from one load of each pixel: loads are checked, shuffles are not; segments are
            // filled up to whole vectors. In 7 bits the multiplications are what takes the time, and
            // registers would not do.
            if (!seven) do {
              const v0 = v128.load(b0 + k), v1 = v128.load(b1 + k);
              const v2 = v128.load(b2 + k), v3 = v128.load(b3 + k);
              let x: v128, w0: v128, w1: v128;
              w0 = v128.load(w, 0), w1 = v128.load(w, 16);
              x = i32x4.shuffle(v0, v0, 0, 0, 0, 0);
              c00 = dot(c00, x, w0, ones, false), c01 = dot(c01, x, w1, ones, false);
              x = i32x4.shuffle(v1, v1, 0, 0, 0, 0);
              c10 = dot(c10, x, w0, ones, false), c11 = dot(c11, x, w1, ones, false);
              x = i32x4.shuffle(v2, v2, 0, 0, 0, 0);
              c20 = dot(c20, x, w0, ones, false), c21 = dot(c21, x, w1, ones, false);
              x = i32x4.shuffle(v3, v3, 0, 0, 0, 0);
              c30 = dot(c30, x, w0, ones, false), c31 = dot(c31, x, w1, ones, false);
              w0 = v128.load(w, 32), w1 = v128.load(w, 48);
              x = i32x4.shuffle(v0, v0, 1, 1, 1, 1);
              c00 = dot(c00, x, w0, ones, false), c01 = dot(c01, x, w1, ones, false);
              x = i32x4.shuffle(v1, v1, 1, 1, 1, 1);
              c10 = dot(c10, x, w0, ones, false), c11 = dot(c11, x, w1, ones, false);
              x = i32x4.shuffle(v2, v2, 1, 1, 1, 1);
              c20 = dot(c20, x, w0, ones, false), c21 = dot(c21, x, w1, ones, false);
              x = i32x4.shuffle(v3, v3, 1, 1, 1, 1);
              c30 = dot(c30, x, w0, ones, false), c31 = dot(c31, x, w1, ones, false);
              w0 = v128.load(w, 64), w1 = v128.load(w, 80);
              x = i32x4.shuffle(v0, v0, 2, 2, 2, 2);
              c00 = dot(c00, x, w0, ones, false), c01 = dot(c01, x, w1, ones, false);
              x = i32x4.shuffle(v1, v1, 2, 2, 2, 2);
              c10 = dot(c10, x, w0, ones, false), c11 = dot(c11, x, w1, ones, false);
              x = i32x4.shuffle(v2, v2, 2, 2, 2, 2);
              c20 = dot(c20, x, w0, ones, false), c21 = dot(c21, x, w1, ones, false);
              x = i32x4.shuffle(v3, v3, 2, 2, 2, 2);
              c30 = dot(c30, x, w0, ones, false), c31 = dot(c31, x, w1, ones, false);
              w0 = v128.load(w, 96), w1 = v128.load(w, 112);
              x = i32x4.shuffle(v0, v0, 3, 3, 3, 3);
              c00 = dot(c00, x, w0, ones, false), c01 = dot(c01, x, w1, ones, false);
              x = i32x4.shuffle(v1, v1, 3, 3, 3, 3);
              c10 = dot(c10, x, w0, ones, false), c11 = dot(c11, x, w1, ones, false);
              x = i32x4.shuffle(v2, v2, 3, 3, 3, 3);
              c20 = dot(c20, x, w0, ones, false), c21 = dot(c21, x, w1, ones, false);
              x = i32x4.shuffle(v3, v3, 3, 3, 3, 3);
              c30 = dot(c30, x, w0, ones, false), c31 = dot(c31, x, w1, ones, false);
              w += 128;
              k += 16;
            } while (k < segmentBytes);
            while (four && k < segmentBytes) {
              const end = k + 32 < segmentBytes ? k + 32 : segmentBytes;
              let d00 = i16x8.splat(0), d01 = d00, d10 = d00, d11 = d00;
              let d20 = d00, d21 = d00, d30 = d00, d31 = d00;
              for (; k < end; k += 4) {
                const w0 = v128.load(w), w1 = v128.load(w, 16);
                w += 32;
                const x0 = v128.load32_splat(b0 + k);
                d00 = dot16(d00, x0, w0), d01 = dot16(d01, x0, w1);
                const x1 = v128.load32_splat(b1 + k);
                d10 = dot16(d10, x1, w0), d11 = dot16(d11, x1, w1);
                const x2 = v128.load32_splat(b2 + k);
                d20 = dot16(d20, x2, w0), d21 = dot16(d21, x2, w1);
                const x3 = v128.load32_splat(b3 + k);
                d30 = dot16(d30, x3, w0), d31 = dot16(d31, x3, w1);
              }
              c00 = dot(c00, d00, ones, ones, false), c01 = dot(c01, d01, ones, ones, false);
              c10 = dot(c10, d10, ones, ones, false), c11 = dot(c11, d11, ones, ones, false);
              c20 = dot(c20, d20, ones, ones, false), c21 = dot(c21, d21, ones, ones, false);
              c30 = dot(c30, d30, ones, ones, false), c31 = dot(c31, d31, ones, ones, false);
            }
            if (seven) for (; k < segmentBytes; k += 4) {
              const w0 = v128.load(w), w1 = v128.load(w, 16);
              w += 32;
              const x0 = v128.load32_splat(b0 + k);
              c00 = dot(c00, x0, w0, ones, true);
              c01 = dot(c01, x0, w1, ones, true);
              const x1 = v128.load32_splat(b1 + k);
              c10 = dot(c10, x1, w0, ones, true);
              c11 = dot(c11, x1, w1, ones, true);
              const x2 = v128.load32_splat(b2 + k);
              c20 = dot(c20, x2, w0, ones, true);
              c21 = dot(c21, x2, w1, ones, true);
              const x3 = v128.load32_splat(b3 + k);
              c30 = dot(c30, x3, w0, ones, true);
              c31 = dot(c31, x3, w1, ones, true);
            }
          } while (++segment < segments);
          const at = pixel * outputs + group * perGroup + o;
          // deno-fmt-ignore
          storeTile(
            y, at, multipliers + 4 * o, perGroup - o, count, outputs, floats,
            min, max, top, bits, whole, c00, c01, c10, c11, c20, c21, c30, c31, false, c00, c00,
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

/** Copies the short runs of a window one behind the other; what is written too far, the next covers. */
export function gather(p: usize, from: usize, patch: usize): usize {
  const offsets = load<usize>(p, 124), end = offsets + 4 * load<i32>(p, 192);
  let to = patch;
  for (let run = offsets; run < end; run += 4) {
    v128.store(to, v128.load(from + load<i32>(run)));
    to += load<i32>(p, 196);
  }
  return patch;
}

/** z·Σ over the group's channels of every pixel, as int32. */
function sumPixels(p: usize, from: usize, to: usize): void {
  const channels = load<i32>(p, 36), depth = load<i32>(p, 108);
  const end = to + 4 * load<i32>(p, 144) * load<i32>(p, 148);
  const ones = v128.load(p + 128), offset = load<i32>(p, 184);
  for (; to < end; to += 4) {
    let sum = i32x4.splat(0);
    let c = 0;
    for (; c + 16 <= depth; c += 16) {
      const pairs = i16x8.extadd_pairwise_i8x16_s(v128.load(from + c));
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(pairs, ones));
    }
    if (c + 8 <= depth) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load8x8_s(from + c), ones));
      c += 8;
    }
    let rest = 0;
    for (; c < depth; c++) rest += load<i8>(from + c);
    sum = i32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
    const all = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + rest;
    store<i32>(to, all * offset);
    from += channels;
  }
}

/** z·Σ of a window whose segments have 16 bytes or fewer, four times. */
function narrowSum(p: usize, at: usize): v128 {
  const offsets = load<usize>(p, 124), end = offsets + 4 * load<i32>(p, 116);
  const mask = v128.load(p + 160);
  let sum = i16x8.splat(0);
  for (let segment = offsets; segment < end; segment += 4) {
    const values = v128.and(v128.load(at + load<i32>(segment)), mask);
    sum = i16x8.add(sum, i16x8.extadd_pairwise_i8x16_s(values));
  }
  let all = i32x4.dot_i16x8_s(sum, v128.load(p + 128));
  all = i32x4.add(all, i32x4.shuffle(all, all, 2, 3, 0, 1));
  all = i32x4.add(all, i32x4.shuffle(all, all, 1, 0, 3, 2));
  return i32x4.mul(all, v128.load32_splat(p + 184));
}

/** z·Σ of the window at `first`, four times: from the pixel sums, or at once where it is narrow. */
function windowSum(p: usize, first: usize, row: i32, column: i32): v128 {
  if (load<i32>(p, 156)) return narrowSum(p, first);
  const sums = load<usize>(p, 20) + load<i32>(p, 152);
  const paddedW = load<i32>(p, 148);
  let at = sums + 4 * (row * load<i32>(p, 60) * paddedW + column * load<i32>(p, 64));
  const kernelH = load<i32>(p, 52), kernelW = load<i32>(p, 56);
  if (kernelH * kernelW == 1) return v128.load32_splat(at);
  const stepX = 4 * load<i32>(p, 80), stepY = 4 * load<i32>(p, 76) * paddedW;
  let sum = 0;
  for (let ky = 0; ky < kernelH; ky++) {
    for (let kx = 0; kx < kernelW; kx++) sum += load<i32>(at + kx * stepX);
    at += stepY;
  }
  return i32x4.splat(sum);
}
