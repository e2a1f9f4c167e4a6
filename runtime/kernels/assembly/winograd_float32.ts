// float32 convolution, 3×3 with stride 1, by Winograd's F(4×4, 3×3): 36 products make 16 pixels, not
// 144 (Lavin and Gray 2016, arXiv:1509.09308, §4.2):
//
//   Y = Aᵀ [Σ (G g Gᵀ) ⊙ (Bᵀ d B)] A
//
// The polynomials are evaluated at 0, ±11/16, ±3/2 and infinity: of the points tried these err least, a
// fifth of what 0, ±1, ±2 do. It takes relaxed SIMD, whose sums of floats are not the reference's anyway.
//
// Tiles of 4×4 pixels go through in blocks of p[44]. Scratch behind the picture: inputs by 4 tiles ×
// 4 channels × 36 places × tile × channel, then sums by tile × 36 places × 8 outputs, then one tile
// half transformed. Weights: panels of 8 outputs × 36 places × channels. Other words of `p`: see pad.ts.
import { fma } from "./convolution_float32";
import { padPicture } from "./pad";
import { clamp4, storeFloats } from "./requantize";

const A: f32 = 0.6875, B: f32 = 1.5, A2: f32 = 0.47265625, B2: f32 = 2.25;

export function winograd_float32(p: usize): void {
  const outH = load<i32>(p, 40), outW = load<i32>(p, 44), channels = load<i32>(p, 36);
  const outputs = load<i32>(p, 48), block = load<i32>(p, 176);
  const line = 4 * load<i32>(p, 148) * channels;
  const inputSize = 4 * load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const across = (outW + 3) >> 2, tiles = across * ((outH + 3) >> 2);
  const inputs = load<usize>(p, 20) + load<i32>(p, 180);
  const sums = inputs + 144 * block * channels, half = sums + 1152 * block;
  for (let n = 0; n < load<i32>(p, 24); n++) {
    const picture = padPicture(p, load<usize>(p, 0) + n * inputSize, 4, f32x4.splat(0));
    const y = load<usize>(p, 4) + 4 * n * outH * outW * outputs;
    for (let first = 0; first < tiles; first += block) {
      const count = tiles - first < block ? tiles - first : block;
      for (let t = 0; t < count; t++) {
        const row = (first + t) / across, column = (first + t) % across;
        const from = picture + 4 * (row * line + 4 * column * channels);
        transformInput(from, line, channels, half, inputs + 576 * channels * (t >> 2) + 16 * (t & 3));
      }
      let w = load<usize>(p, 8);
      for (let o = 0; o < outputs; o += 8) {
        for (let place = 0; place < 36; place++) {
          for (let t = 0; t < count; t += 4) {
            multiply(inputs + 144 * channels * t + 64 * place, channels, w, sums + 1152 * t + 32 * place);
          }
          w += 32 * channels;
        }
        for (let t = 0; t < count; t++) {
          const row = 4 * ((first + t) / across), column = 4 * ((first + t) % across);
          const to = y + 4 * ((row * outW + column) * outputs + o);
          transformOutput(p, sums + 1152 * t, o, to, outH - row, outW - column);
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function less(sum: v128, a: v128, b: v128): v128 {
  return f32x4.relaxed_nmadd(a, b, sum);
}

/** Bᵀ d B of one tile: columns, then rows. */
function transformInput(from: usize, line: i32, channels: i32, half: usize, to: usize): void {
  const a = f32x4.splat(A), b = f32x4.splat(B), a2 = f32x4.splat(A2), b2 = f32x4.splat(B2);
  for (let c = 0; c < channels; c += 4) {
    let at = from + 4 * c;
    for (let j: usize = 0; j < 96; j += 16) {
      const d1 = v128.load(at + line), d2 = v128.load(at + 2 * line);
      const d3 = v128.load(at + 3 * line), d4 = v128.load(at + 4 * line);
      let odd = less(d3, b2, d1), even = less(d4, b2, d2);
      const here = half + j;
      v128.store(here, less(even, a2, less(d2, b2, v128.load(at))));
      v128.store(here, fma(even, a, odd), 96);
      v128.store(here, less(even, a, odd), 192);
      v128.store(here, less(less(v128.load(at + 5 * line), b2, d3), a2, odd), 480);
      odd = less(d3, a2, d1), even = less(d4, a2, d2);
      v128.store(here, fma(even, b, odd), 288);
      v128.store(here, less(even, b, odd), 384);
      at += 4 * channels;
    }
    for (let i: usize = 0; i < 576; i += 96) {
      const row = half + i;
      const d1 = v128.load(row, 16), d2 = v128.load(row, 32);
      const d3 = v128.load(row, 48), d4 = v128.load(row, 64);
      let odd = less(d3, b2, d1), even = less(d4, b2, d2);
      v128.store(to, less(even, a2, less(d2, b2, v128.load(row))));
      v128.store(to, fma(even, a, odd), 64);
      v128.store(to, less(even, a, odd), 128);
      v128.store(to, less(less(v128.load(row, 80), b2, d3), a2, odd), 320);
      odd = less(d3, a2, d1), even = less(d4, a2, d2);
      v128.store(to, fma(even, b, odd), 192);
      v128.store(to, less(even, b, odd), 256);
      to += 384;
    }
  }
}

/** 4 tiles × 8 outputs at one of the 36 places. */
// @ts-ignore: decorator
@inline
function multiply(x: usize, channels: i32, w: usize, to: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let c = 0; c < channels; c += 4) {
    const v0 = v128.load(x), v1 = v128.load(x, 16), v2 = v128.load(x, 32), v3 = v128.load(x, 48);
    let a: v128, w0: v128, w1: v128;
    w0 = v128.load(w), w1 = v128.load(w, 16);
    a = i32x4.shuffle(v0, v0, 0, 0, 0, 0);
    c00 = fma(c00, a, w0), c01 = fma(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 0, 0, 0, 0);
    c10 = fma(c10, a, w0), c11 = fma(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 0, 0, 0, 0);
    c20 = fma(c20, a, w0), c21 = fma(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 0, 0, 0, 0);
    c30 = fma(c30, a, w0), c31 = fma(c31, a, w1);
    w0 = v128.load(w, 32), w1 = v128.load(w, 48);
    a = i32x4.shuffle(v0, v0, 1, 1, 1, 1);
    c00 = fma(c00, a, w0), c01 = fma(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 1, 1, 1, 1);
    c10 = fma(c10, a, w0), c11 = fma(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 1, 1, 1, 1);
    c20 = fma(c20, a, w0), c21 = fma(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 1, 1, 1, 1);
    c30 = fma(c30, a, w0), c31 = fma(c31, a, w1);
    w0 = v128.load(w, 64), w1 = v128.load(w, 80);
    a = i32x4.shuffle(v0, v0, 2, 2, 2, 2);
    c00 = fma(c00, a, w0), c01 = fma(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 2, 2, 2, 2);
    c10 = fma(c10, a, w0), c11 = fma(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 2, 2, 2, 2);
    c20 = fma(c20, a, w0), c21 = fma(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 2, 2, 2, 2);
    c30 = fma(c30, a, w0), c31 = fma(c31, a, w1);
    w0 = v128.load(w, 96), w1 = v128.load(w, 112);
    a = i32x4.shuffle(v0, v0, 3, 3, 3, 3);
    c00 = fma(c00, a, w0), c01 = fma(c01, a, w1);
    a = i32x4.shuffle(v1, v1, 3, 3, 3, 3);
    c10 = fma(c10, a, w0), c11 = fma(c11, a, w1);
    a = i32x4.shuffle(v2, v2, 3, 3, 3, 3);
    c20 = fma(c20, a, w0), c21 = fma(c21, a, w1);
    a = i32x4.shuffle(v3, v3, 3, 3, 3, 3);
    c30 = fma(c30, a, w0), c31 = fma(c31, a, w1);
    x += 2304;
    w += 128;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c10, 1152);
  v128.store(to, c11, 1168);
  v128.store(to, c20, 2304);
  v128.store(to, c21, 2320);
  v128.store(to, c30, 3456);
  v128.store(to, c31, 3472);
}

/** Aᵀ m A of one tile and 8 outputs, columns, then rows, then bias and bounds, for the pixels that are there. */
function transformOutput(p: usize, m: usize, o: i32, to: usize, rows: i32, columns: i32): void {
  const a = f32x4.splat(A), b = f32x4.splat(B), a2 = f32x4.splat(A2), b2 = f32x4.splat(B2);
  for (let j: usize = 0; j < 192; j += 16) {
    const at = m + j;
    const m1 = v128.load(at, 192), m2 = v128.load(at, 384), m3 = v128.load(at, 576), m4 = v128.load(at, 768);
    const even = f32x4.add(m1, m2), far = f32x4.add(m3, m4);
    const odd = f32x4.mul(a, f32x4.sub(m1, m2)), wide = f32x4.mul(b, f32x4.sub(m3, m4));
    v128.store(at, f32x4.add(f32x4.add(v128.load(at), even), far));
    v128.store(at, f32x4.add(odd, wide), 192);
    v128.store(at, fma(f32x4.mul(b2, far), a2, even), 384);
    v128.store(at, fma(fma(v128.load(at, 960), b2, wide), a2, odd), 576);
  }
  const outputs = load<i32>(p, 48), bias = load<usize>(p, 12) + 4 * o;
  const next = 4 * load<i32>(p, 44) * outputs, wide = outputs - o;
  for (let i = 0; i < 4 && i < rows; i++) {
    for (let part: usize = 0; part < 32; part += 16) {
      const at = m + part, start = v128.load(bias + part);
      const m1 = v128.load(at, 32), m2 = v128.load(at, 64), m3 = v128.load(at, 96), m4 = v128.load(at, 128);
      const even = f32x4.add(m1, m2), far = f32x4.add(m3, m4);
      const odd = f32x4.mul(a, f32x4.sub(m1, m2)), wide = f32x4.mul(b, f32x4.sub(m3, m4));
      v128.store(at, f32x4.add(f32x4.add(f32x4.add(v128.load(at), even), far), start));
      v128.store(at, f32x4.add(f32x4.add(odd, wide), start), 32);
      v128.store(at, f32x4.add(fma(f32x4.mul(b2, far), a2, even), start), 64);
      v128.store(at, f32x4.add(fma(fma(v128.load(at, 160), b2, wide), a2, odd), start), 96);
    }
    const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
    let at = to;
    for (let j = 0; j < 4 && j < columns; j++) {
      const low = clamp4(v128.load(m + 32 * j), min, max), high = clamp4(v128.load(m + 32 * j, 16), min, max);
      if (wide >= 8) {
        v128.store(at, low);
        v128.store(at, high, 16);
      } else storeFloats(at, low, high, wide);
      at += 4 * outputs;
    }
    to += next;
    m += 192;
  }
}

/** Lays 3×3 weights out for `winograd_float32`. Words of `p`: see pack_weights.ts. */
export function pack_winograd_float32(p: usize): i32 {
  let from = load<usize>(p, 0);
  const outputs = load<i32>(p, 12), channels = load<i32>(p, 24) / 3, step = 32 * channels;
  for (let o = 0; o < outputs; o++) {
    let to = load<usize>(p, 4) + (o >> 3) * 36 * step + (o & 7) * 4;
    for (let c = 0; c < channels; c += 2) {
      const row = 12 * channels, last = from + 2 * row;
      for (let i = 0; i < 5; i++) {
        // One row of G g: a polynomial at a point, over the product of its distances to the others.
        const point = f64x2.splat(i ? (i & 1 ? 1 : -1) * <f64> (i < 3 ? A : B) : 0);
        const scale = f64x2.splat(i ? i < 3 ? NEAR : FAR : ZERO);
        const x = evaluate(from, row, point, scale), y = evaluate(from + 4 * channels, row, point, scale);
        packRow(x, y, evaluate(from + 8 * channels, row, point, scale), to + 6 * i * step, step);
      }
      packRow(load2(last), load2(last + 4 * channels), load2(last + 8 * channels), to + 30 * step, step);
      from += 8;
      to += 64;
    }
    from += step;
  }
  return 1;
}

const ZERO: f64 = 1 / (<f64> A2 * <f64> B2);
const NEAR: f64 = 1 / (2 * <f64> A2 * (<f64> A2 - <f64> B2));
const FAR: f64 = 1 / (2 * <f64> B2 * (<f64> B2 - <f64> A2));

/** Two neighbours as float64. */
// @ts-ignore: decorator
@inline
function load2(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from));
}

/** (x + point · (y + point · z)) · scale, of two channels of a column. */
// @ts-ignore: decorator
@inline
function evaluate(from: usize, row: i32, point: v128, scale: v128): v128 {
  const inner = f64x2.add(load2(from + row), f64x2.mul(point, load2(from + 2 * row)));
  return f64x2.mul(scale, f64x2.add(load2(from), f64x2.mul(point, inner)));
}

/** Stores a row of G g Gᵀ, of two channels. */
function packRow(x: v128, y: v128, z: v128, to: usize, step: i32): void {
  const near = f64x2.splat(NEAR), far = f64x2.splat(FAR);
  let even = f64x2.add(x, f64x2.mul(f64x2.splat(A2), z)), odd = f64x2.mul(f64x2.splat(A), y);
  store2(to, f64x2.mul(x, f64x2.splat(ZERO)));
  store2(to + step, f64x2.mul(f64x2.add(even, odd), near));
  store2(to + 2 * step, f64x2.mul(f64x2.sub(even, odd), near));
  even = f64x2.add(x, f64x2.mul(f64x2.splat(B2), z)), odd = f64x2.mul(f64x2.splat(B), y);
  store2(to + 3 * step, f64x2.mul(f64x2.add(even, odd), far));
  store2(to + 4 * step, f64x2.mul(f64x2.sub(even, odd), far));
  store2(to + 5 * step, z);
}

// @ts-ignore: decorator
@inline
function store2(to: usize, pair: v128): void {
  const floats = f32x4.demote_f64x2_zero(pair);
  v128.store32_lane(to, floats, 0);
  v128.store32_lane(to, floats, 1, 32);
}
