// Depthwise int8 convolution on a picture of int16 with its border. Two rows at a time: their values
// interleaved meet pairs of weights in one dot product, 4 channels a vector.
//
// Weights: for every 4 channels, for every pair of kernel rows, for every kernel column, 4 pairs of
// int16; the second of the last pair is 0 where the number of rows is odd. Words of `p`: see pad.ts.
import { padPicture } from "./pad";
import { magic, round4, rounding, scale4, storeBytes, storeFloats } from "./requantize";

/** Values of 4 channels of two rows: a0 b0 a1 b1 a2 b2 a3 b3. */
// @ts-ignore: decorator
@inline
function pair(upper: usize, lower: usize): v128 {
  return pairOf(v128.load64_zero(upper), v128.load64_zero(lower));
}

// @ts-ignore: decorator
@inline
function pairOf(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** Values of 4 channels of one row, each before a 0. */
// @ts-ignore: decorator
@inline
function single(row: usize): v128 {
  return i32x4.extend_low_i16x8_u(v128.load64_zero(row));
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, a: v128, w: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, w));
}

/** A 3×3 window of 4 channels. */
// @ts-ignore: decorator
@inline
function threeColumns(
  sum: v128,
  a: usize,
  line: usize,
  pixel: usize,
  u0: v128,
  u1: v128,
  u2: v128,
  v0: v128,
  v1: v128,
  v2: v128,
): v128 {
  const b = a + line, d = b + line;
  sum = dot(dot(sum, pair(a, b), u0), single(d), v0);
  sum = dot(dot(sum, pair(a + pixel, b + pixel), u1), single(d + pixel), v1);
  return dot(dot(sum, pair(a + 2 * pixel, b + 2 * pixel), u2), single(d + 2 * pixel), v2);
}

/** Any kernel, stride and dilation. */
export function depthwise_int8(p: usize): void {
  const outH = load<i32>(p, 40), outW = load<i32>(p, 44), channels = load<i32>(p, 36);
  const kernelH = load<i32>(p, 52), kernelW = load<i32>(p, 56);
  const pixel = 2 * channels, line = load<i32>(p, 148) * pixel;
  const stepX = load<i32>(p, 64) * pixel, stepY = load<i32>(p, 60) * line;
  const tapX = load<i32>(p, 80) * pixel, tapY = load<i32>(p, 76) * line;
  const border = i16x8.splat(<i16> load<i32>(p, 88));
  const inputSize = load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const outputs = load<usize>(p, 4), multipliers = load<usize>(p, 16), biases = load<usize>(p, 12);
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const bits = rounding(load<i32>(p, 92)), whole = magic(bits, load<i32>(p, 92)), floats = load<i32>(p, 104);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    const picture = padPicture(p, load<usize>(p, 0) + n * inputSize, 2, border);
    for (let oy = 0; oy < outH; oy++) {
      let filter = load<usize>(p, 8);
      for (let c = 0; c < channels; c += 4) {
        const bias = v128.load(biases + 4 * c), multiplier = v128.load(multipliers + 4 * c);
        for (let ox = 0; ox < outW; ox += 4) {
          let s0 = bias, s1 = bias, s2 = bias, s3 = bias;
          let w = filter;
          for (let ky = 0; ky < kernelH; ky += 2) {
            let upper = picture + oy * stepY + ox * stepX + ky * tapY + 2 * c;
            // The weights of a row that is not there are 0.
            let lower = ky + 1 < kernelH ? upper + tapY : upper;
            for (let kx = 0; kx < kernelW; kx++) {
              const weights = v128.load(w);
              w += 16;
              s0 = dot(s0, pair(upper, lower), weights);
              s1 = dot(s1, pair(upper + stepX, lower + stepX), weights);
              s2 = dot(s2, pair(upper + 2 * stepX, lower + 2 * stepX), weights);
              s3 = dot(s3, pair(upper + 3 * stepX, lower + 3 * stepX), weights);
              upper += tapX;
              lower += tapX;
            }
          }
          s0 = scale4(s0, multiplier, min, max), s1 = scale4(s1, multiplier, min, max);
          s2 = scale4(s2, multiplier, min, max), s3 = scale4(s3, multiplier, min, max);
          const at = ((n * outH + oy) * outW + ox) * channels + c;
          const pixels = outW - ox, wide = channels - c;
          if (floats) storePixels(outputs + 4 * at, s0, s1, s2, s3, wide, pixels, channels);
          else {
            const bytes = i8x16.narrow_i16x8_s(
              i16x8.narrow_i32x4_s(round4(s0, bits, whole), round4(s1, bits, whole)),
              i16x8.narrow_i32x4_s(round4(s2, bits, whole), round4(s3, bits, whole)),
            );
            const to = outputs + at;
            if (wide >= 4 && pixels >= 4) {
              v128.store32_lane(to, bytes, 0);
              v128.store32_lane(to + channels, bytes, 1);
              v128.store32_lane(to + 2 * channels, bytes, 2);
              v128.store32_lane(to + 3 * channels, bytes, 3);
            } else storeSome(to, bytes, wide, pixels, channels);
          }
        }
        filter += 16 * ((kernelH + 1) >> 1) * kernelW;
      }
    }
  }
}

/** 3×3, no dilation, two rows of output or more: weights stay in registers. */
export function depthwise3_int8(p: usize): void {
  if (load<i32>(p, 60) == 1 && load<i32>(p, 64) == 1) slide3(p, true);
  else slide3(p, false);
}

/**
 * Two rows of output at once, column by column. With strides 1 (`ones`) a column belongs to three pixels, whose
 * sums are under way together.
 */
// @ts-ignore: decorator
@inline
function slide3(p: usize, ones: bool): void {
  const outH = load<i32>(p, 40), outW = load<i32>(p, 44), channels = load<i32>(p, 36);
  const pixel = 2 * channels, line = load<i32>(p, 148) * pixel;
  const stepX = load<i32>(p, 64) * pixel, stepY = load<i32>(p, 60) * line;
  const border = i16x8.splat(<i16> load<i32>(p, 88));
  const inputSize = load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const outputs = load<usize>(p, 4), multipliers = load<usize>(p, 16), biases = load<usize>(p, 12);
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const bits = rounding(load<i32>(p, 92)), whole = magic(bits, load<i32>(p, 92)), floats = load<i32>(p, 104);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    const picture = padPicture(p, load<usize>(p, 0) + n * inputSize, 2, border);
    for (let row = 0; row < outH; row += 2) {
      // The last row of an odd number is computed with the one above it, once more.
      const oy = row + 2 > outH ? outH - 2 : row;
      let w = load<usize>(p, 8);
      for (let c = 0; c < channels; c += 4) {
        const bias = v128.load(biases + 4 * c), multiplier = v128.load(multipliers + 4 * c);
        const u0 = v128.load(w), u1 = v128.load(w, 16), u2 = v128.load(w, 32);
        const v0 = v128.load(w, 48), v1 = v128.load(w, 64), v2 = v128.load(w, 80);
        w += 96;
        let a = picture + oy * stepY + 2 * c, e = a + stepY;
        let to = outputs + (((n * outH + oy) * outW) * channels + c) * (floats ? 4 : 1);
        const below = outW * channels * (floats ? 4 : 1), wide = channels - c;
        const plain = !floats && wide >= 4;
        // Sums under way: of the next pixel and of the one after it, in both rows.
        let p0 = bias, p1 = bias, q0 = bias, q1 = bias;
        if (ones) {
          let x = pair(a, a + line), z = single(e + line);
          p0 = dot(dot(bias, x, u0), z, v0);
          x = pair(e, e + line), z = single(e + 2 * line);
          q0 = dot(dot(bias, x, u0), z, v0);
          a += pixel, e += pixel;
          x = pair(a, a + line), z = single(e + line);
          p1 = dot(dot(bias, x, u0), z, v0), p0 = dot(dot(p0, x, u1), z, v1);
          x = pair(e, e + line), z = single(e + 2 * line);
          q1 = dot(dot(bias, x, u0), z, v0), q0 = dot(dot(q0, x, u1), z, v1);
          a += pixel, e += pixel;
        }
        for (let column = 0; column < outW; column++) {
          let s: v128, t: v128;
          if (ones) {
            const second = v128.load64_zero(a + line), third = v128.load64_zero(e + line);
            let x = pairOf(v128.load64_zero(a), second);
            let z = i32x4.extend_low_i16x8_u(third);
            s = dot(dot(p0, x, u2), z, v2);
            p0 = dot(dot(p1, x, u1), z, v1);
            p1 = dot(dot(bias, x, u0), z, v0);
            x = pairOf(second, third);
            z = single(e + 2 * line);
            t = dot(dot(q0, x, u2), z, v2);
            q0 = dot(dot(q1, x, u1), z, v1);
            q1 = dot(dot(bias, x, u0), z, v0);
            a += pixel, e += pixel;
          } else {
            s = threeColumns(bias, a, line, pixel, u0, u1, u2, v0, v1, v2);
            t = threeColumns(bias, e, line, pixel, u0, u1, u2, v0, v1, v2);
            a += stepX, e += stepX;
          }
          s = scale4(s, multiplier, min, max), t = scale4(t, multiplier, min, max);
          if (plain) {
            const words = i16x8.narrow_i32x4_s(round4(s, bits, whole), round4(t, bits, whole));
            const bytes = i8x16.narrow_i16x8_s(words, words);
            v128.store32_lane(to, bytes, 0);
            v128.store32_lane(to + below, bytes, 1);
            to += channels;
          } else if (floats) {
            storeFloats(to, s, s, wide < 4 ? wide : 4);
            storeFloats(to + below, t, t, wide < 4 ? wide : 4);
            to += 4 * channels;
          } else {
            const words = i16x8.narrow_i32x4_s(round4(s, bits, whole), round4(t, bits, whole));
            const bytes = i8x16.narrow_i16x8_s(words, words);
            storeBytes(to, bytes, wide);
            storeBytes(to + below, i32x4.shuffle(bytes, bytes, 1, 1, 1, 1), wide);
            to += channels;
          }
        }
      }
    }
  }
}

/** Stores up to 4 channels of up to 4 pixels, as bytes. */
function storeSome(to: usize, bytes: v128, wide: i32, pixels: i32, channels: i32): void {
  if (wide > 4) wide = 4;
  if (pixels > 4) pixels = 4;
  for (let i = 0; i < pixels; i++) {
    if (wide == 4) v128.store32_lane(to, bytes, 0);
    else storeBytes(to, bytes, wide);
    bytes = i32x4.shuffle(bytes, bytes, 1, 2, 3, 0);
    to += channels;
  }
}

/** The same as float32. */
function storePixels(
  to: usize,
  s0: v128,
  s1: v128,
  s2: v128,
  s3: v128,
  wide: i32,
  pixels: i32,
  channels: i32,
): void {
  if (wide > 4) wide = 4;
  storeFloats(to, s0, s0, wide);
  if (pixels > 1) storeFloats(to + 4 * channels, s1, s1, wide);
  if (pixels > 2) storeFloats(to + 8 * channels, s2, s2, wide);
  if (pixels > 3) storeFloats(to + 12 * channels, s3, s3, wide);
}
