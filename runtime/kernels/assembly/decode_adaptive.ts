// Adaptive binary weights, once at load; runtime/format/unpack/adaptive.ts is the definition.

import { decode, position, start } from "./binary_decoder";

let contexts: usize, rates: usize;

/** One decision; a context is a fast and a slow estimate and how often it was seen, 8 bytes. */
function decide(context: i32): i32 {
  const p = contexts + (<usize>context << 3);
  const fast: i32 = load<u16>(p), slow: i32 = load<u16>(p, 2), seen: i32 = load<u16>(p, 4);
  const one: u32 = min(65504, max(32, fast + slow));
  const bit = decode(one);
  const rate = load<i32>(rates + (<usize>seen << 2));
  store<u16>(p, fast + (((bit << 15) - fast) * max(rate, 2048) >> 16));
  store<u16>(p, slow + (((bit << 15) - slow) * max(rate, 256) >> 16), 2);
  store<u16>(p, min(255, seen + 1), 4);
  return bit;
}

/**
 * Decodes decisions. Words of `p`: 0 stream · 1 its end · 2 values · 3 planes · 4 height · 5 width ·
 * 6 depth · 7–10 weights of the neighbours · 11 classes of predictions, behind −2048 · 12 contexts,
 * 2048 bytes a class · 13 rates. Gives how many bytes the decisions took; behind the end zeros are read.
 */
export function decode_adaptive(p: usize): i32 {
  start(load<usize>(p, 0), load<usize>(p, 4));
  let to = load<usize>(p, 8);
  const height = load<i32>(p, 16), width = load<i32>(p, 20), depth = load<i32>(p, 24);
  const left = load<i32>(p, 28), above = load<i32>(p, 32);
  const aboveLeft = load<i32>(p, 36), aboveRight = load<i32>(p, 40);
  const classes = load<usize>(p, 44);
  contexts = load<usize>(p, 48);
  rates = load<usize>(p, 52);
  const line = width * depth;
  let last = 0, before = 0;
  for (let rows = load<i32>(p, 12) * height, row = 0; row < rows; row++) {
    const top = row % height == 0;
    for (let x = 0; x < width; x++) {
      const l = x ? left : 0, a = top ? 0 : above;
      const al = top || !x ? 0 : aboveLeft, ar = top || x == width - 1 ? 0 : aboveRight;
      for (const stop = to + depth; to < stop; to++) {
        const sum = (l ? l * <i32>load<i8>(to - depth) : 0) +
          (a ? a * <i32>load<i8>(to - line) : 0) +
          (al ? al * <i32>load<i8>(to - line - depth) : 0) +
          (ar ? ar * <i32>load<i8>(to - line + depth) : 0);
        const k = load<u8>(classes + (min(2047, max(-2048, sum)) << 1));
        const first = <i32>k << 8;
        const near = min(2, last + before);
        let magnitude = 0, negative = 0;
        if (decide(first + near)) {
          negative = decide(first + 3 + near);
          const signed = first + 6 + (negative << 3);
          let digits = 1;
          while (digits < 8 && decide(signed + digits)) digits++;
          magnitude = 1;
          const own = first + 22 + (negative << 6) + (digits << 2);
          for (let digit = digits - 2; digit >= 0; digit--) {
            magnitude = magnitude << 1 | (magnitude < 4 ? decide(own + magnitude) : decode(32768));
          }
        }
        store<i8>(to, negative ? -magnitude : magnitude);
        before = last;
        last = min(2, magnitude);
      }
    }
  }
  return <i32>(position() - load<usize>(p, 0));
}
