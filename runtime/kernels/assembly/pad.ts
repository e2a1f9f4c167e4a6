// Copies a picture with its border around it, so that a window never leaves it.
//
// Words of a convolution's argument block `p` (see engine/steps/convolution_block.ts):
// 0 x · 1 y · 2 weights · 3 bias · 4 multiplier · 5 scratch · 6 batch · 7 H · 8 W · 9 C · 10 OH ·
// 11 OW · 12 O · 13 KH · 14 KW · 15 strideH · 16 strideW · 17 padTop · 18 padLeft · 19 dilationH ·
// 20 dilationW · 21 groups · 22 zx · 23 zy · 24 min · 25 max (float32, zero point taken off) ·
// 26 float output · 27 depth C/groups · 28 segment bytes · 29 segments · 30 whether to copy ·
// 31 segment offsets · 32–35 sixteen-bit ones · 36 padded H · 37 padded W · 38 sums in scratch ·
// 39 whether segments fit a vector · 40–43 mask of a segment's bytes ·
// 44 tiles that go through at once · 45 what they need in scratch · 46 what
// was added to weights (z), or is to be added to pixels (convolution_dot.ts) · 48 runs of a window to be gathered · 49 bytes of each
//
// Scratch: 64 bytes of room, the picture with its border, the sums, what a block needs.

/** Copies `count` bytes, up to 15 more, with the bits of `flip` flipped; callers keep room behind. */
// @ts-ignore: decorator
@inline
function copyBytes(to: usize, from: usize, count: i32, flip: v128): void {
  for (let i = 0; i < count; i += 16) v128.store(to + i, v128.xor(v128.load(from + i), flip));
}

/** Widens `count` int8 to int16, up to 7 more. */
// @ts-ignore: decorator
@inline
function widenBytes(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const x = v128.load(from + i);
    v128.store(to + 2 * i, i16x8.extend_low_i8x16_s(x));
    v128.store(to + 2 * i, i16x8.extend_high_i8x16_s(x), 16);
  }
  for (; i < count; i += 8) v128.store(to + 2 * i, v128.load8x8_s(from + i));
}

/** Fills `count` bytes, up to 15 more. */
// @ts-ignore: decorator
@inline
function fillBytes(to: usize, value: v128, count: i32): void {
  for (let i = 0; i < count; i += 16) v128.store(to + i, value);
}

/**
 * Copies picture `from` of `size`-byte values to scratch. What is written too far is written over by
 * what follows.
 * @param size 1, or 4 for float32, or 2 to widen int8 to int16.
 * @param border what is around it, four or more times.
 * @param flip bits to flip in what is not widened.
 */
export function padPicture(
  p: usize,
  from: usize,
  size: i32,
  border: v128,
  flip: v128 = i32x4.splat(0),
): usize {
  const height = load<i32>(p, 28), width = load<i32>(p, 32), channels = load<i32>(p, 36);
  const padTop = load<i32>(p, 68), padLeft = load<i32>(p, 72);
  const paddedH = load<i32>(p, 144), paddedW = load<i32>(p, 148);
  const picture = load<usize>(p, 20) + 64;
  const taken = width < paddedW - padLeft ? width : paddedW - padLeft;
  const line = paddedW * channels * size;
  const left = padLeft * channels * size;
  const middle = taken * channels;
  const right = line - left - middle * size;
  const source = size == 2 ? 1 : size;
  let to = picture;
  for (let y = -padTop; y < paddedH - padTop; y++) {
    if (y < 0 || y >= height) fillBytes(to, border, line);
    else {
      const row = from + y * width * channels * source;
      fillBytes(to, border, left);
      if (size == 2) widenBytes(to + left, row, middle);
      else copyBytes(to + left, row, middle * size, flip);
      fillBytes(to + left + middle * size, border, right);
    }
    to += line;
  }
  return picture;
}
