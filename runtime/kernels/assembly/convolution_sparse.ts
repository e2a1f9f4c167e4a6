// int8 convolution that multiplies only blocks of weights that are not all zeros: tiles of 4 output
// channels × 8 pixels. Pixels lie in the lanes, so that a block of 4 outputs × 2 inputs is one vector
// of weights, and one place of a window is the same address for all of a tile.
//
// Blocks (pack_blocks.ts): for every 4 outputs the bytes of their entries; an entry is 4 × 2 weights as
// int16 and where the pair of inputs lies in the columns. Columns: for every pair of inputs of a window
// 8 pixels × 2 int16. The runs of a window are p[28] bytes long.
import { padPicture } from "./pad";
import { magic, round4, rounding, scale4 } from "./requantize";

/** Bytes before the columns: addresses of a tile's pixels, or results of one that is not full. */
const ROOM: i32 = 128;

/** Conv2D without groups and FullyConnected. */
export function conv2d_sparse_int8(p: usize): void {
  const outW = load<i32>(p, 44), pixels = load<i32>(p, 40) * outW;
  const channels = load<i32>(p, 36), outputs = load<i32>(p, 48);
  const inputSize = load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const advanceX = load<i32>(p, 64) * channels;
  const advanceY = load<i32>(p, 60) * load<i32>(p, 148) * channels;
  const border = i8x16.splat(<i8> load<i32>(p, 88));
  const room = load<usize>(p, 20) + load<i32>(p, 180);
  const pixelBytes = outputs * (load<i32>(p, 104) ? 4 : 1);
  let y = load<usize>(p, 4);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    let picture = load<usize>(p, 0) + n * inputSize;
    if (load<i32>(p, 120)) picture = padPicture(p, picture, 1, border);
    let row = 0, column = 0;
    for (let pixel = 0; pixel < pixels; pixel += 8) {
      const count = pixels - pixel < 8 ? pixels - pixel : 8;
      for (let i = 0; i < 8; i++) {
        store<usize>(room + 4 * i, picture + row * advanceY + column * advanceX);
        if (i < count - 1 || count == 8) { if (++column == outW) column = 0, row++; }
      }
      fillColumns(p, room);
      multiply(p, room, y, count);
      y += count * pixelBytes;
    }
  }
}

/** Windows of 8 pixels, whose addresses are in `room`, as columns. What is written too far, the next run covers. */
function fillColumns(p: usize, room: usize): void {
  const p0 = load<usize>(room), p1 = load<usize>(room, 4), p2 = load<usize>(room, 8);
  const p3 = load<usize>(room, 12), p4 = load<usize>(room, 16), p5 = load<usize>(room, 20);
  const p6 = load<usize>(room, 24), p7 = load<usize>(room, 28);
  const length = load<i32>(p, 112);
  const offsets = load<usize>(p, 124), end = offsets + 4 * load<i32>(p, 116);
  let columns = room + ROOM;
  for (let run = offsets; run < end; run += 4) {
    const first = load<usize>(run), last = first + length;
    let to = columns;
    for (let k = first; k < last; k += 8) {
      const a = interleave(v128.load64_zero(p0 + k), v128.load64_zero(p1 + k));
      const b = interleave(v128.load64_zero(p2 + k), v128.load64_zero(p3 + k));
      const c = interleave(v128.load64_zero(p4 + k), v128.load64_zero(p5 + k));
      const d = interleave(v128.load64_zero(p6 + k), v128.load64_zero(p7 + k));
      const low0 = i32x4.shuffle(a, b, 0, 4, 1, 5), low1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
      const high0 = i32x4.shuffle(c, d, 0, 4, 1, 5), high1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
      v128.store(to, i16x8.extend_low_i8x16_s(low0), 0);
      v128.store(to, i16x8.extend_low_i8x16_s(high0), 16);
      v128.store(to, i16x8.extend_high_i8x16_s(low0), 32);
      v128.store(to, i16x8.extend_high_i8x16_s(high0), 48);
      v128.store(to, i16x8.extend_low_i8x16_s(low1), 64);
      v128.store(to, i16x8.extend_low_i8x16_s(high1), 80);
      v128.store(to, i16x8.extend_high_i8x16_s(low1), 96);
      v128.store(to, i16x8.extend_high_i8x16_s(high1), 112);
      to += 128;
    }
    columns += ((length + 1) >> 1) * 32;
  }
}

/** Pairs of bytes of two pixels in turn. */
// @ts-ignore: decorator
@inline
function interleave(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, a: v128, w: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, w));
}

/** All output channels of one tile. */
function multiply(p: usize, room: usize, y: usize, count: i32): void {
  const outputs = load<i32>(p, 48), floats = load<i32>(p, 104);
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  const bits = rounding(load<i32>(p, 92)), whole = magic(bits, load<i32>(p, 92));
  const columns = room + ROOM;
  let entry = load<usize>(p, 8), bias = load<usize>(p, 12), multipliers = load<usize>(p, 16);
  for (let o = 0; o < outputs; o += 4) {
    const end = entry + 4 + load<i32>(entry);
    entry += 4;
    let c00 = v128.load32_splat(bias, 0), c01 = c00, c10 = v128.load32_splat(bias, 4), c11 = c10;
    let c20 = v128.load32_splat(bias, 8), c21 = c20, c30 = v128.load32_splat(bias, 12), c31 = c30;
    for (; entry < end; entry += 20) {
      const at = columns + load<i32>(entry, 16);
      const weights = v128.load(entry), a0 = v128.load(at), a1 = v128.load(at, 16);
      let w = i32x4.shuffle(weights, weights, 0, 0, 0, 0);
      c00 = dot(c00, a0, w), c01 = dot(c01, a1, w);
      w = i32x4.shuffle(weights, weights, 1, 1, 1, 1);
      c10 = dot(c10, a0, w), c11 = dot(c11, a1, w);
      w = i32x4.shuffle(weights, weights, 2, 2, 2, 2);
      c20 = dot(c20, a0, w), c21 = dot(c21, a1, w);
      w = i32x4.shuffle(weights, weights, 3, 3, 3, 3);
      c30 = dot(c30, a0, w), c31 = dot(c31, a1, w);
    }
    let m = v128.load32_splat(multipliers, 0);
    c00 = scale4(c00, m, min, max), c01 = scale4(c01, m, min, max);
    m = v128.load32_splat(multipliers, 4);
    c10 = scale4(c10, m, min, max), c11 = scale4(c11, m, min, max);
    m = v128.load32_splat(multipliers, 8);
    c20 = scale4(c20, m, min, max), c21 = scale4(c21, m, min, max);
    m = v128.load32_splat(multipliers, 12);
    c30 = scale4(c30, m, min, max), c31 = scale4(c31, m, min, max);
    bias += 16, multipliers += 16;
    if (!floats) {
      c00 = round4(c00, bits, whole), c01 = round4(c01, bits, whole);
      c10 = round4(c10, bits, whole), c11 = round4(c11, bits, whole);
      c20 = round4(c20, bits, whole), c21 = round4(c21, bits, whole);
      c30 = round4(c30, bits, whole), c31 = round4(c31, bits, whole);
      if (count == 8 && o + 4 <= outputs) {
        let to = y + o;
        storePixels(to, narrow(c00, c10, c20, c30), outputs);
        storePixels(to + 4 * outputs, narrow(c01, c11, c21, c31), outputs);
        continue;
      }
    }
    v128.store(room, c00, 0), v128.store(room, c01, 16), v128.store(room, c10, 32);
    v128.store(room, c11, 48), v128.store(room, c20, 64), v128.store(room, c21, 80);
    v128.store(room, c30, 96), v128.store(room, c31, 112);
    storeSome(y, room, o, outputs, count, floats);
  }
}

/** 4 channels of int32 in range, 4 pixels each, as bytes pixel after pixel. */
// @ts-ignore: decorator
@inline
function narrow(c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(c0, c1), i16x8.narrow_i32x4_s(c2, c3));
  return i8x16.shuffle(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

/** 4 channels of 4 pixels. */
// @ts-ignore: decorator
@inline
function storePixels(to: usize, bytes: v128, outputs: i32): void {
  v128.store32_lane(to, bytes, 0);
  v128.store32_lane(to + outputs, bytes, 1);
  v128.store32_lane(to + 2 * outputs, bytes, 2);
  v128.store32_lane(to + 3 * outputs, bytes, 3);
}

/** Channels from `o` on of `count` pixels, out of 4 × 8 in `room`. */
function storeSome(y: usize, room: usize, o: i32, outputs: i32, count: i32, floats: i32): void {
  const end = o + 4 < outputs ? o + 4 : outputs;
  for (; o < end; o++) {
    for (let i = 0; i < count; i++) {
      const at = i * outputs + o;
      if (floats) store<f32>(y + 4 * at, load<f32>(room + 4 * i));
      else store<i8>(y + at, <i8> load<i32>(room + 4 * i));
    }
    room += 32;
  }
}
