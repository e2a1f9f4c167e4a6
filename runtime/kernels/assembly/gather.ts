// Gathers the input window of one output pixel into a row of scratch (im2col of one pixel).
//
// Words of a convolution's argument block `p` (see engine/steps/convolution.ts):
// 0 x · 1 y · 2 weights · 3 bias · 4 multiplier · 5 scratch · 6 batch · 7 H · 8 W · 9 C · 10 OH ·
// 11 OW · 12 O · 13 KH · 14 KW · 15 strideH · 16 strideW · 17 padTop · 18 padLeft · 19 dilationH ·
// 20 dilationW · 21 groups · 22 zx · 23 zy · 24 min · 25 max (float32, zero point taken off) ·
// 26 float output · 27 depth C/groups · 28 row bytes in scratch · 29 offset of the weights

/** Copies `count` bytes, up to 15 more; callers keep room behind. */
// @ts-ignore: decorator
@inline
function copyBytes(to: usize, from: usize, count: i32): void {
  for (let i = 0; i < count; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Widens `count` int8 to int16, up to 7 more. */
// @ts-ignore: decorator
@inline
function widenBytes(to: usize, from: usize, count: i32): void {
  for (let i = 0; i < count; i += 8) v128.store(to + 2 * i, v128.load8x8_s(from + i));
}

/** Row of int8 (or int16 when `wide`) for output pixel (n, oy, ox); padding is zx. */
// @ts-ignore: decorator
@inline
export function gather8(p: usize, to: usize, pixel: i32, group: i32, wide: bool): void {
  const height = load<i32>(p, 28), width = load<i32>(p, 32), channels = load<i32>(p, 36);
  const outW = load<i32>(p, 44), outH = load<i32>(p, 40);
  const kernelH = load<i32>(p, 52), kernelW = load<i32>(p, 56);
  const dilationH = load<i32>(p, 76), dilationW = load<i32>(p, 80);
  const depth = load<i32>(p, 108), zx = load<i32>(p, 88);
  const ox = pixel % outW, row = pixel / outW, oy = row % outH, n = row / outH;
  const top = oy * load<i32>(p, 60) - load<i32>(p, 68);
  const left = ox * load<i32>(p, 64) - load<i32>(p, 72);
  const x = load<usize>(p, 0) + n * height * width * channels + group * depth;
  const step = wide ? 2 : 1;
  const whole = dilationW == 1 && depth == channels && left >= 0 && left + kernelW <= width;
  const fill = wide ? i16x8.splat(<i16> zx) : i8x16.splat(<i8> zx);
  for (let ky = 0; ky < kernelH; ky++) {
    const y = top + ky * dilationH;
    if (y < 0 || y >= height) {
      const count = kernelW * depth * step;
      for (let i = 0; i < count; i += 16) v128.store(to + i, fill);
      to += count;
    } else if (whole) {
      const from = x + (y * width + left) * channels;
      if (wide) widenBytes(to, from, kernelW * depth);
      else copyBytes(to, from, kernelW * depth);
      to += kernelW * depth * step;
    } else {
      for (let kx = 0; kx < kernelW; kx++) {
        const xx = left + kx * dilationW;
        const count = depth * step;
        if (xx < 0 || xx >= width) {
          for (let i = 0; i < count; i += 16) v128.store(to + i, fill);
        } else if (wide) widenBytes(to, x + (y * width + xx) * channels, depth);
        else copyBytes(to, x + (y * width + xx) * channels, depth);
        to += count;
      }
    }
  }
  v128.store(to, i8x16.splat(0)); // weights behind the end are zero, but so must products be
}

/** Row of float32; padding is 0. */
// @ts-ignore: decorator
@inline
export function gather32(p: usize, to: usize, pixel: i32, group: i32): void {
  const height = load<i32>(p, 28), width = load<i32>(p, 32), channels = load<i32>(p, 36);
  const outW = load<i32>(p, 44), outH = load<i32>(p, 40);
  const kernelH = load<i32>(p, 52), kernelW = load<i32>(p, 56);
  const dilationH = load<i32>(p, 76), dilationW = load<i32>(p, 80);
  const depth = load<i32>(p, 108);
  const ox = pixel % outW, row = pixel / outW, oy = row % outH, n = row / outH;
  const top = oy * load<i32>(p, 60) - load<i32>(p, 68);
  const left = ox * load<i32>(p, 64) - load<i32>(p, 72);
  const x = load<usize>(p, 0) + 4 * (n * height * width * channels + group * depth);
  const bytes = 4 * depth;
  for (let ky = 0; ky < kernelH; ky++) {
    const y = top + ky * dilationH;
    for (let kx = 0; kx < kernelW; kx++) {
      const xx = left + kx * dilationW;
      if (y < 0 || y >= height || xx < 0 || xx >= width) {
        for (let i = 0; i < bytes; i += 16) v128.store(to + i, f32x4.splat(0));
      } else copyBytes(to, x + 4 * (y * width + xx) * channels, bytes);
      to += bytes;
    }
  }
}
