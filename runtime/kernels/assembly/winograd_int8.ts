// int8 convolution, 3×3 with stride 1, by Winograd's F(2×2, 3×3) in whole numbers: 16 products make
// 4 pixels, not 36 (Lavin and Gray 2016, arXiv:1509.09308, §4.1):
//
//   4·Y = Aᵀ [Σ ((2G) g (2G)ᵀ) ⊙ (Bᵀ d B)] A
//
// With 2G in place of G nothing is a fraction. Weights become 9·127 at most and inputs 4·128, so both
// are int16. What the sums of Aᵀ…A wrap around on the way does not matter, as 4·Y itself fits.
//
// The products are a function of their own: V8 optimizes a function once it is hot, and a small one is soon
// done. Tiles of 2×2 pixels go through in blocks of p[44]. Scratch behind the picture: inputs by 4 tiles ×
// 8 channels × 16 places × tile × channel (int16), then sums by tile × 16 places × 8 outputs (int32).
// Weights: panels of 8 outputs × 16 places × pairs of channels. Other words of `p`: see pad.ts.
import { padPicture } from "./pad";
import { magic, round4, rounding, scale4, storeBytes } from "./requantize";

export function winograd_int8(p: usize): void {
  const outH = load<i32>(p, 40), outW = load<i32>(p, 44), channels = load<i32>(p, 36);
  const outputs = load<i32>(p, 48), block = load<i32>(p, 176);
  const line = load<i32>(p, 148) * channels, inputSize = load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const across = (outW + 1) >> 1, tiles = across * ((outH + 1) >> 1);
  const border = i8x16.splat(<i8> load<i32>(p, 88));
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const bits = rounding(load<i32>(p, 92)), whole = magic(bits, load<i32>(p, 92));
  const inputs = load<usize>(p, 20) + load<i32>(p, 180);
  const sums = inputs + 32 * block * channels;
  for (let n = 0; n < load<i32>(p, 24); n++) {
    const picture = padPicture(p, load<usize>(p, 0) + n * inputSize, 1, border);
    const y = load<usize>(p, 4) + n * outH * outW * outputs;
    for (let first = 0; first < tiles; first += block) {
      const count = tiles - first < block ? tiles - first : block;
      for (let t = 0; t < count; t++) {
        const row = (first + t) / across, column = (first + t) % across;
        const to = inputs + 128 * channels * (t >> 2) + 16 * (t & 3);
        transformInput(picture + 2 * (row * line + column * channels), line, channels, to);
      }
      let w = load<usize>(p, 8);
      for (let o = 0; o < outputs; o += 8) {
        multiplyTiles(inputs, count, channels, w, sums);
        w += 256 * channels;
        for (let t = 0; t < count; t++) {
          const row = 2 * ((first + t) / across), column = 2 * ((first + t) % across);
          const to = y + (row * outW + column) * outputs + o;
          const rows = outH - row, columns = outW - column;
          transformOutput(p, sums + 512 * t, o, to, rows, columns, min, max, bits, whole);
        }
      }
    }
  }
}

/** Bᵀ d B of one tile: rows, then columns. */
// @ts-ignore: decorator
@inline
function transformInput(from: usize, line: i32, channels: i32, to: usize): void {
  for (let c = 0; c < channels; c += 8) {
    const r0 = from + c, r1 = r0 + line, r2 = r1 + line, r3 = r2 + line;
    const c2 = 2 * channels, c3 = 3 * channels;
    let b = v128.load8x8_s(r1), d = v128.load8x8_s(r2);
    const s00 = i16x8.sub(v128.load8x8_s(r0), d), s10 = i16x8.add(b, d);
    const s20 = i16x8.sub(d, b), s30 = i16x8.sub(b, v128.load8x8_s(r3));
    b = v128.load8x8_s(r1 + c2), d = v128.load8x8_s(r2 + c2);
    const s02 = i16x8.sub(v128.load8x8_s(r0 + c2), d), s12 = i16x8.add(b, d);
    const s22 = i16x8.sub(d, b), s32 = i16x8.sub(b, v128.load8x8_s(r3 + c2));
    v128.store(to, i16x8.sub(s00, s02));
    v128.store(to, i16x8.sub(s10, s12), 256);
    v128.store(to, i16x8.sub(s20, s22), 512);
    v128.store(to, i16x8.sub(s30, s32), 768);
    b = v128.load8x8_s(r1 + channels), d = v128.load8x8_s(r2 + channels);
    const s01 = i16x8.sub(v128.load8x8_s(r0 + channels), d), s11 = i16x8.add(b, d);
    const s21 = i16x8.sub(d, b), s31 = i16x8.sub(b, v128.load8x8_s(r3 + channels));
    v128.store(to, i16x8.add(s01, s02), 64);
    v128.store(to, i16x8.sub(s02, s01), 128);
    v128.store(to, i16x8.add(s11, s12), 320);
    v128.store(to, i16x8.sub(s12, s11), 384);
    v128.store(to, i16x8.add(s21, s22), 576);
    v128.store(to, i16x8.sub(s22, s21), 640);
    v128.store(to, i16x8.add(s31, s32), 832);
    v128.store(to, i16x8.sub(s32, s31), 896);
    b = v128.load8x8_s(r1 + c3), d = v128.load8x8_s(r2 + c3);
    v128.store(to, i16x8.sub(s01, i16x8.sub(v128.load8x8_s(r0 + c3), d)), 192);
    v128.store(to, i16x8.sub(s11, i16x8.add(b, d)), 448);
    v128.store(to, i16x8.sub(s21, i16x8.sub(d, b)), 704);
    v128.store(to, i16x8.sub(s31, i16x8.sub(b, v128.load8x8_s(r3 + c3))), 960);
    to += 1024;
  }
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, a: v128, w: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, w));
}

/** All tiles × 8 outputs. */
function multiplyTiles(inputs: usize, count: i32, channels: i32, w: usize, sums: usize): void {
  for (let place = 0; place < 16; place++) {
    for (let t = 0; t < count; t += 4) {
      multiply(inputs + 32 * channels * t + 64 * place, channels, w, sums + 512 * t + 32 * place);
    }
    w += 16 * channels;
  }
}

/** 4 tiles × 8 outputs at one of the 16 places. */
// @ts-ignore: decorator
@inline
function multiply(x: usize, channels: i32, w: usize, to: usize): void {
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c = 0;
  // Not `for`: V8's first compiler counts every jump back, and optimizes later (hosts/copies.ts).
  do {
    const v0 = v128.load(x), v1 = v128.load(x, 16), v2 = v128.load(x, 32), v3 = v128.load(x, 48);
    let a: v128, w0: v128, w1: v128;
    w0 = v128.load(w), w1 = v128.load(w, 16);
    a = i32x4.shuffle(v0, v0, 0, 0, 0, 0);
    c00 = dot(c00, a, w0), c01 = dot(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 0, 0, 0, 0);
    c10 = dot(c10, a, w0), c11 = dot(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 0, 0, 0, 0);
    c20 = dot(c20, a, w0), c21 = dot(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 0, 0, 0, 0);
    c30 = dot(c30, a, w0), c31 = dot(c31, a, w1);
    w0 = v128.load(w, 32), w1 = v128.load(w, 48);
    a = i32x4.shuffle(v0, v0, 1, 1, 1, 1);
    c00 = dot(c00, a, w0), c01 = dot(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 1, 1, 1, 1);
    c10 = dot(c10, a, w0), c11 = dot(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 1, 1, 1, 1);
    c20 = dot(c20, a, w0), c21 = dot(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 1, 1, 1, 1);
    c30 = dot(c30, a, w0), c31 = dot(c31, a, w1);
    w0 = v128.load(w, 64), w1 = v128.load(w, 80);
    a = i32x4.shuffle(v0, v0, 2, 2, 2, 2);
    c00 = dot(c00, a, w0), c01 = dot(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 2, 2, 2, 2);
    c10 = dot(c10, a, w0), c11 = dot(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 2, 2, 2, 2);
    c20 = dot(c20, a, w0), c21 = dot(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 2, 2, 2, 2);
    c30 = dot(c30, a, w0), c31 = dot(c31, a, w1);
    w0 = v128.load(w, 96), w1 = v128.load(w, 112);
    a = i32x4.shuffle(v0, v0, 3, 3, 3, 3);
    c00 = dot(c00, a, w0), c01 = dot(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 3, 3, 3, 3);
    c10 = dot(c10, a, w0), c11 = dot(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 3, 3, 3, 3);
    c20 = dot(c20, a, w0), c21 = dot(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 3, 3, 3, 3);
    c30 = dot(c30, a, w0), c31 = dot(c31, a, w1);
    x += 1024;
    w += 128;
    c += 8;
  } while (c < channels);
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c10, 512);
  v128.store(to, c11, 528);
  v128.store(to, c20, 1024);
  v128.store(to, c21, 1040);
  v128.store(to, c30, 1536);
  v128.store(to, c31, 1552);
}

/** Aᵀ m A of one tile and 8 outputs, then bias, scale and rounding, for the pixels that are there. */
// @ts-ignore: decorator
@inline
function transformOutput(
  p: usize,
  m: usize,
  o: i32,
  to: usize,
  rows: i32,
  columns: i32,
  min: v128,
  max: v128,
  bits: v128,
  whole: v128,
): void {
  const room = load<usize>(p, 20), outputs = load<i32>(p, 48);
  for (let half = 0; half < 32; half += 16) {
    const bias = v128.load(load<usize>(p, 12) + 4 * o + half);
    const multiplier = v128.load(load<usize>(p, 16) + 4 * o + half);
    const from = m + half;
    let a = v128.load(from, 128), b = v128.load(from, 256), s: v128, t: v128;
    let y00 = i32x4.add(i32x4.add(v128.load(from), a), b);
    let y10 = i32x4.sub(i32x4.sub(a, b), v128.load(from, 384));
    a = v128.load(from, 160), b = v128.load(from, 288);
    s = i32x4.add(i32x4.add(v128.load(from, 32), a), b);
    t = i32x4.sub(i32x4.sub(a, b), v128.load(from, 416));
    y00 = i32x4.add(y00, s), y10 = i32x4.add(y10, t);
    let y01 = s, y11 = t;
    a = v128.load(from, 192), b = v128.load(from, 320);
    s = i32x4.add(i32x4.add(v128.load(from, 64), a), b);
    t = i32x4.sub(i32x4.sub(a, b), v128.load(from, 448));
    y00 = i32x4.add(y00, s), y10 = i32x4.add(y10, t);
    y01 = i32x4.sub(y01, s), y11 = i32x4.sub(y11, t);
    a = v128.load(from, 224), b = v128.load(from, 352);
    y01 = i32x4.sub(y01, i32x4.add(i32x4.add(v128.load(from, 96), a), b));
    y11 = i32x4.sub(y11, i32x4.sub(i32x4.sub(a, b), v128.load(from, 480)));
    v128.store(from, scale4(i32x4.add(i32x4.shr_s(y00, 2), bias), multiplier, min, max));
    v128.store(from, scale4(i32x4.add(i32x4.shr_s(y01, 2), bias), multiplier, min, max), 32);
    v128.store(from, scale4(i32x4.add(i32x4.shr_s(y10, 2), bias), multiplier, min, max), 64);
    v128.store(from, scale4(i32x4.add(i32x4.shr_s(y11, 2), bias), multiplier, min, max), 96);
  }
  const wide = outputs - o, all = wide < 8 ? wide : 8;
  const upper = i8x16.narrow_i16x8_s(
    i16x8.narrow_i32x4_s(round4(v128.load(m), bits, whole), round4(v128.load(m, 16), bits, whole)),
    i16x8.narrow_i32x4_s(round4(v128.load(m, 32), bits, whole), round4(v128.load(m, 48), bits, whole)),
  );
  storePair(to, upper, all, columns, outputs);
  if (rows < 2) return;
  const lower = i8x16.narrow_i16x8_s(
    i16x8.narrow_i32x4_s(round4(v128.load(m, 64), bits, whole), round4(v128.load(m, 80), bits, whole)),
    i16x8.narrow_i32x4_s(round4(v128.load(m, 96), bits, whole), round4(v128.load(m, 112), bits, whole)),
  );
  storePair(to + outW(p) * outputs, lower, all, columns, outputs);
}

// @ts-ignore: decorator
@inline
function outW(p: usize): i32 {
  return load<i32>(p, 44);
}

/** Stores `wide` channels of one pixel, or of two where there are as many columns. */
// @ts-ignore: decorator
@inline
function storePair(to: usize, bytes: v128, wide: i32, columns: i32, outputs: i32): void {
  if (wide == 8) v128.store64_lane(to, bytes, 0);
  else storeBytes(to, bytes, wide);
  if (columns < 2) return;
  if (wide == 8) v128.store64_lane(to + outputs, bytes, 1);
  else storeBytes(to + outputs, i64x2.shuffle(bytes, bytes, 1, 0), wide);
}

/**
 * Lays 3×3 weights out for `winograd_int8`, 8 channels at once. Words of `p`: see pack_weights.ts.
 */
export function pack_winograd(p: usize): i32 {
  let from = load<usize>(p, 0), bias = load<usize>(p, 8);
  const outputs = load<i32>(p, 12), channels = load<i32>(p, 24) / 3, zx = load<i32>(p, 36);
  for (let o = 0; o < outputs; o++) {
    const panel = load<usize>(p, 4) + (o >> 3) * 256 * channels + (o & 7) * 4;
    let sums = i32x4.splat(0);
    for (let c = 0; c < channels; c += 8) {
      let to = panel + 16 * c;
      for (let i = 0; i < 4; i++) {
        // One row of (2G) g.
        const a = combine(i, from + c, 3 * channels);
        const b = combine(i, from + c + channels, 3 * channels);
        const d = combine(i, from + c + 2 * channels, 3 * channels);
        const ends = i16x8.add(a, d), all = i16x8.add(ends, b);
        storePairs(to, i16x8.add(a, a));
        storePairs(to + 16 * channels, all);
        storePairs(to + 32 * channels, i16x8.sub(ends, b));
        storePairs(to + 48 * channels, i16x8.add(d, d));
        // The middle of both is the sum of all nine.
        if (i == 1) sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(all));
        to += 64 * channels;
      }
    }
    from += 9 * channels;
    const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
    store<i32>(bias, load<i32>(bias) - zx * sum);
    bias += 4;
  }
  return 1;
}

/** Row `i` of 2G times columns of three weights. */
function combine(i: i32, from: usize, step: i32): v128 {
  const a = v128.load8x8_s(from), b = v128.load8x8_s(from + step), c = v128.load8x8_s(from + 2 * step);
  if (i == 0) return i16x8.add(a, a);
  if (i == 3) return i16x8.add(c, c);
  const ends = i16x8.add(a, c);
  return i == 1 ? i16x8.add(ends, b) : i16x8.sub(ends, b);
}

/** Pairs of channels, each for the same output of another step of the product. */
function storePairs(to: usize, values: v128): void {
  v128.store32_lane(to, values, 0);
  v128.store32_lane(to, values, 1, 32);
  v128.store32_lane(to, values, 2, 64);
  v128.store32_lane(to, values, 3, 96);
}
