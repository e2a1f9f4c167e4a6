// float32 convolution: tiles of 4 output pixels × 8 output channels. Sums start with the bias and
// add one product after the other, as the reference does; relaxed SIMD fuses multiply and add.
import { gather32 } from "./gather";
import { clamp4 } from "./requantize";

// @ts-ignore: decorator
@inline
function fma(sum: v128, a: v128, w: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, w, sum);
  return f32x4.add(sum, f32x4.mul(a, w));
}

// @ts-ignore: decorator
@inline
function finish(p: usize, at: i32, o: i32, low: v128, high: v128): void {
  const outputs = load<i32>(p, 48);
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  low = clamp4(low, min, max);
  high = clamp4(high, min, max);
  const y = load<usize>(p, 4) + 4 * (at * outputs + o);
  const count = outputs - o;
  if (count >= 8) {
    v128.store(y, low);
    v128.store(y, high, 16);
    return;
  }
  const room = load<usize>(p, 20);
  v128.store(room, low);
  v128.store(room, high, 16);
  for (let i = 0; i < count; i++) store<f32>(y + 4 * i, load<f32>(room + 4 * i));
}

export function conv2d_float32(p: usize): void {
  const pixels = load<i32>(p, 24) * load<i32>(p, 40) * load<i32>(p, 44);
  const groups = load<i32>(p, 84), perGroup = load<i32>(p, 48) / groups;
  const rowBytes = load<i32>(p, 112), scratch = load<usize>(p, 20) + 32;
  const panelBytes = rowBytes * 8;
  const direct = load<i32>(p, 120);
  let weights = load<usize>(p, 8), bias = load<usize>(p, 12);
  for (let group = 0; group < groups; group++) {
    for (let pixel = 0; pixel < pixels; pixel += 4) {
      const count = pixels - pixel < 4 ? pixels - pixel : 4;
      let a0 = scratch, stride = rowBytes + 32;
      if (direct) {
        a0 = load<usize>(p, 0) + pixel * rowBytes;
        stride = rowBytes;
      } else {
        for (let i = 0; i < count; i++) gather32(p, scratch + i * stride, pixel + i, group);
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
          c00 = fma(c00, x0, w0);
          c01 = fma(c01, x0, w1);
          const x1 = v128.load32_splat(a1 + k);
          c10 = fma(c10, x1, w0);
          c11 = fma(c11, x1, w1);
          const x2 = v128.load32_splat(a2 + k);
          c20 = fma(c20, x2, w0);
          c21 = fma(c21, x2, w1);
          const x3 = v128.load32_splat(a3 + k);
          c30 = fma(c30, x3, w0);
          c31 = fma(c31, x3, w1);
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

/** Depthwise, 8 channels a step; weights are [KH·KW][C rounded up to 8]. */
export function depthwise_float32(p: usize): void {
  const height = load<i32>(p, 28), width = load<i32>(p, 32), channels = load<i32>(p, 36);
  const batch = load<i32>(p, 24), outH = load<i32>(p, 40), outW = load<i32>(p, 44);
  const kernelH = load<i32>(p, 52), kernelW = load<i32>(p, 56);
  const strideH = load<i32>(p, 60), strideW = load<i32>(p, 64);
  const padTop = load<i32>(p, 68), padLeft = load<i32>(p, 72);
  const dilationH = load<i32>(p, 76), dilationW = load<i32>(p, 80);
  const x = load<usize>(p, 0), weights = load<usize>(p, 8), bias = load<usize>(p, 12);
  const tap = 4 * ((channels + 7) & ~7);
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
            const line = x + 4 * ((n * height + y) * width * channels + c);
            const filter = weights + ky * kernelW * tap + 4 * c;
            for (let kx = 0; kx < kernelW; kx++) {
              const xx = left + kx * dilationW;
              if (xx < 0 || xx >= width) continue;
              const a = line + 4 * xx * channels, w = filter + kx * tap;
              low = fma(low, v128.load(a), v128.load(w));
              high = fma(high, v128.load(a, 16), v128.load(w, 16));
            }
          }
          finish(p, at, c, low, high);
        }
      }
    }
  }
}
