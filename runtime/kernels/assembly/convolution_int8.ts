// int8 convolution as a matrix product: tiles of 4 output pixels × 8 output channels.
import { gather8 } from "./gather";
import { clamp4, pack4, round4 } from "./requantize";

/** Stores up to 8 channels of one pixel. */
// @ts-ignore: decorator
@inline
function finish(p: usize, at: i32, o: i32, low: v128, high: v128): void {
  const outputs = load<i32>(p, 48);
  const multiplier = load<usize>(p, 16) + 4 * o;
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  low = clamp4(f32x4.mul(f32x4.convert_i32x4_s(low), v128.load(multiplier)), min, max);
  high = clamp4(f32x4.mul(f32x4.convert_i32x4_s(high), v128.load(multiplier, 16)), min, max);
  const count = min_i32(outputs - o, 8);
  if (load<i32>(p, 104)) {
    const y = load<usize>(p, 4) + 4 * (at * outputs + o);
    if (count == 8) {
      v128.store(y, low);
      v128.store(y, high, 16);
    } else {
      const room = load<usize>(p, 20);
      v128.store(room, low);
      v128.store(room, high, 16);
      for (let i = 0; i < count; i++) store<f32>(y + 4 * i, load<f32>(room + 4 * i));
    }
    return;
  }
  const zy = load<i32>(p, 92);
  const words = i16x8.narrow_i32x4_s(round4(low, zy), round4(high, zy));
  const bytes = i8x16.narrow_i16x8_s(words, words);
  const y = load<usize>(p, 4) + at * outputs + o;
  if (count == 8) v128.store64_lane(y, bytes, 0);
  else {
    const room = load<usize>(p, 20);
    v128.store(room, bytes);
    for (let i = 0; i < count; i++) store<i8>(y + i, load<i8>(room + i));
  }
}

// @ts-ignore: decorator
@inline
function min_i32(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/** One dot product step of the 7-bit path: 4 channels × 4 products. */
// @ts-ignore: decorator
@inline
function dot7(sum: v128, a: v128, w: v128, ones: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.relaxed_dot<i16>(a, w), ones));
}

/** One step of the 16-bit path: 4 channels × 2 products. */
// @ts-ignore: decorator
@inline
function dot16(sum: v128, a: v128, w: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, w));
}

/** Sum of a row of int8, four times. */
// @ts-ignore: decorator
@inline
function rowSum(row: usize, bytes: i32, ones: v128): v128 {
  let sum = i32x4.splat(0);
  for (let k = 0; k < bytes; k += 16) {
    const x = v128.load(row + k);
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extadd_pairwise_i8x16_s(x), ones));
  }
  sum = i32x4.add(sum, i8x16.shuffle(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.add(sum, i8x16.shuffle(sum, sum, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
}

/**
 * Weights in −64…63 stored as w + 64 (relaxed SIMD): rows of int8 in scratch, panels of 8 channels
 * with 4 products a vector. Σ a·w = Σ a·(w + 64) − 64·Σ a.
 */
export function conv2d_int8_7bit(p: usize): void {
  const pixels = load<i32>(p, 24) * load<i32>(p, 40) * load<i32>(p, 44);
  const groups = load<i32>(p, 84), perGroup = load<i32>(p, 48) / groups;
  const rowBytes = load<i32>(p, 112), scratch = load<usize>(p, 20) + 32;
  const panelBytes = rowBytes * 8;
  const ones = v128.load(p + 128);
  const direct = load<i32>(p, 120);
  let weights = load<usize>(p, 8), bias = load<usize>(p, 12);
  for (let group = 0; group < groups; group++) {
    for (let pixel = 0; pixel < pixels; pixel += 4) {
      const count = min_i32(pixels - pixel, 4);
      let a0 = scratch, stride = rowBytes + 32;
      if (direct) {
        a0 = load<usize>(p, 0) + pixel * rowBytes;
        stride = rowBytes;
      } else {
        for (let i = 0; i < count; i++) {
          const row = scratch + i * stride;
          v128.store(row + rowBytes - 16, i8x16.splat(0));
          gather8(p, row, pixel + i, group, false);
        }
      }
      const a1 = count > 1 ? a0 + stride : a0;
      const a2 = count > 2 ? a1 + stride : a1;
      const a3 = count > 3 ? a2 + stride : a2;
      const s0 = i32x4.shl(rowSum(a0, rowBytes, ones), 6);
      const s1 = i32x4.shl(rowSum(a1, rowBytes, ones), 6);
      const s2 = i32x4.shl(rowSum(a2, rowBytes, ones), 6);
      const s3 = i32x4.shl(rowSum(a3, rowBytes, ones), 6);
      let w = weights;
      for (let o = 0; o < perGroup; o += 8) {
        const b0 = v128.load(bias + 4 * o), b1 = v128.load(bias + 4 * o, 16);
        let c00 = i32x4.sub(b0, s0), c01 = i32x4.sub(b1, s0);
        let c10 = i32x4.sub(b0, s1), c11 = i32x4.sub(b1, s1);
        let c20 = i32x4.sub(b0, s2), c21 = i32x4.sub(b1, s2);
        let c30 = i32x4.sub(b0, s3), c31 = i32x4.sub(b1, s3);
        for (let k = 0; k < rowBytes; k += 4) {
          const w0 = v128.load(w), w1 = v128.load(w, 16);
          w += 32;
          const x0 = v128.load32_splat(a0 + k);
          c00 = dot7(c00, x0, w0, ones);
          c01 = dot7(c01, x0, w1, ones);
          const x1 = v128.load32_splat(a1 + k);
          c10 = dot7(c10, x1, w0, ones);
          c11 = dot7(c11, x1, w1, ones);
          const x2 = v128.load32_splat(a2 + k);
          c20 = dot7(c20, x2, w0, ones);
          c21 = dot7(c21, x2, w1, ones);
          const x3 = v128.load32_splat(a3 + k);
          c30 = dot7(c30, x3, w0, ones);
          c31 = dot7(c31, x3, w1, ones);
        }
        const at = group * perGroup + o;
        finish(p, pixel, at, c00, c01);
        if (count > 1) finish(p, pixel + 1, at, c10, c11);
        if (count > 2) finish(p, pixel + 2, at, c20, c21);
        if (count > 3) finish(p, pixel + 3, at, c30, c31);
      }
    }
    weights += ((perGroup + 7) / 8) * panelBytes;
    bias += 4 * perGroup;
  }
}

/** Any int8 weights, widened to int16: rows of int16 in scratch, panels with 2 products a vector. */
export function conv2d_int8(p: usize): void {
  const pixels = load<i32>(p, 24) * load<i32>(p, 40) * load<i32>(p, 44);
  const groups = load<i32>(p, 84), perGroup = load<i32>(p, 48) / groups;
  const rowBytes = load<i32>(p, 112), scratch = load<usize>(p, 20) + 32;
  const panelBytes = rowBytes * 8;
  let weights = load<usize>(p, 8), bias = load<usize>(p, 12);
  for (let group = 0; group < groups; group++) {
    for (let pixel = 0; pixel < pixels; pixel += 4) {
      const count = min_i32(pixels - pixel, 4);
      const a0 = scratch, stride = rowBytes + 32;
      for (let i = 0; i < count; i++) {
        const row = scratch + i * stride;
        v128.store(row + rowBytes - 16, i8x16.splat(0));
        gather8(p, row, pixel + i, group, true);
      }
      const a1 = count > 1 ? a0 + stride : a0;
      const a2 = count > 2 ? a1 + stride : a1;
      const a3 = count > 3 ? a2 + stride : a2;
      let w = weights;
      for (let o = 0; o < perGroup; o += 8) {
        let c00 = v128.load(bias + 4 * o), c01 = v128.load(bias + 4 * o, 16);
        let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
        for (let k = 0; k < rowBytes; k += 4) {
          const w0 = v128.load(w), w1 = v128.load(w, 16);
          w += 32;
          const x0 = v128.load32_splat(a0 + k);
          c00 = dot16(c00, x0, w0);
          c01 = dot16(c01, x0, w1);
          const x1 = v128.load32_splat(a1 + k);
          c10 = dot16(c10, x1, w0);
          c11 = dot16(c11, x1, w1);
          const x2 = v128.load32_splat(a2 + k);
          c20 = dot16(c20, x2, w0);
          c21 = dot16(c21, x2, w1);
          const x3 = v128.load32_splat(a3 + k);
          c30 = dot16(c30, x3, w0);
          c31 = dot16(c31, x3, w1);
        }
        const at = group * perGroup + o;
        finish(p, pixel, at, c00, c01);
        if (count > 1) finish(p, pixel + 1, at, c10, c11);
        if (count > 2) finish(p, pixel + 2, at, c20, c21);
        if (count > 3) finish(p, pixel + 3, at, c30, c31);
      }
    }
    weights += ((perGroup + 7) / 8) * panelBytes;
    bias += 4 * perGroup;
  }
}

/** Depthwise, 8 channels a step; weights are int16 [KH·KW][C rounded up to 8]. */
export function depthwise_int8(p: usize): void {
  const height = load<i32>(p, 28), width = load<i32>(p, 32), channels = load<i32>(p, 36);
  const batch = load<i32>(p, 24), outH = load<i32>(p, 40), outW = load<i32>(p, 44);
  const kernelH = load<i32>(p, 52), kernelW = load<i32>(p, 56);
  const strideH = load<i32>(p, 60), strideW = load<i32>(p, 64);
  const padTop = load<i32>(p, 68), padLeft = load<i32>(p, 72);
  const dilationH = load<i32>(p, 76), dilationW = load<i32>(p, 80);
  const x = load<usize>(p, 0), weights = load<usize>(p, 8), bias = load<usize>(p, 12);
  const zero = i16x8.splat(<i16> load<i32>(p, 88));
  const tap = 2 * ((channels + 7) & ~7);
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      const top = oy * strideH - padTop;
      for (let ox = 0; ox < outW; ox++) {
        const left = ox * strideW - padLeft;
        const at = (n * outH + oy) * outW + ox;
        for (let c = 0; c < channels; c += 8) {
          let low = v128.load(bias + 4 * c), high = v128.load(bias + 4 * c, 16);
          for (let ky = 0; ky < kernelH; ky++) {
            const y = top + ky * dilationH;
            if (y < 0 || y >= height) continue;
            const line = x + (n * height + y) * width * channels + c;
            const filter = weights + ky * kernelW * tap + 2 * c;
            for (let kx = 0; kx < kernelW; kx++) {
              const xx = left + kx * dilationW;
              if (xx < 0 || xx >= width) continue;
              const a = i16x8.sub(v128.load8x8_s(line + xx * channels), zero);
              const w = v128.load(filter + kx * tap);
              low = i32x4.add(low, i32x4.extmul_low_i16x8_s(a, w));
              high = i32x4.add(high, i32x4.extmul_high_i16x8_s(a, w));
            }
          }
          finish(p, at, c, low, high);
        }
      }
    }
  }
}
