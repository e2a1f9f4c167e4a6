// Depthwise convolutions in float32, forwards and backwards. Channels are last and a multiple of 4;
// the window lies at `top`, `left` of an input of `height` × `width` pixels, and what is outside is 0.

/** y = Σ over the window of x·w. */
export function forward(
  x: usize,
  w: usize,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  kernelH: i32,
  kernelW: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  const pixel: usize = 4 * channels;
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++, y += pixel) {
      memory.fill(y, 0, pixel);
      for (let ky = 0; ky < kernelH; ky++) {
        const row = oy * strideH - padTop + ky * dilationH;
        if (<u32> row >= <u32> height) continue;
        for (let kx = 0; kx < kernelW; kx++) {
          const column = ox * strideW - padLeft + kx * dilationW;
          if (<u32> column >= <u32> width) continue;
          addProducts(y, x + (row * width + column) * pixel, w + (ky * kernelW + kx) * pixel, pixel);
        }
      }
    }
  }
}

/** dx += w·g and dw += x·g over all windows. */
export function backward(
  x: usize,
  w: usize,
  g: usize,
  dx: usize,
  dw: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  kernelH: i32,
  kernelW: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  const pixel: usize = 4 * channels;
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++, g += pixel) {
      for (let ky = 0; ky < kernelH; ky++) {
        const row = oy * strideH - padTop + ky * dilationH;
        if (<u32> row >= <u32> height) continue;
        for (let kx = 0; kx < kernelW; kx++) {
          const column = ox * strideW - padLeft + kx * dilationW;
          if (<u32> column >= <u32> width) continue;
          const place = (row * width + column) * pixel, cell = (ky * kernelW + kx) * pixel;
          addProducts(dx + place, w + cell, g, pixel);
          addProducts(dw + cell, x + place, g, pixel);
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function addProducts(sums: usize, a: usize, b: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const product = f32x4.mul(v128.load(a + at), v128.load(b + at));
    v128.store(sums + at, f32x4.add(v128.load(sums + at), product));
  }
}
