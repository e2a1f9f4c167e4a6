// Depthwise float32 convolution, 4 channels a vector, 4 pixels at a time. Weights: for every 4
// channels, for every kernel row and column, 4 values. Words of `p`: see pad.ts.
import { fma } from "./convolution_float32";
import { padPicture } from "./pad";
import { clamp4, storeFloats } from "./requantize";

export function depthwise_float32(p: usize): void {
  const outH = load<i32>(p, 40), outW = load<i32>(p, 44), channels = load<i32>(p, 36);
  const kernelH = load<i32>(p, 52), kernelW = load<i32>(p, 56);
  const pixel = 4 * channels, line = load<i32>(p, 148) * pixel;
  const stepX = load<i32>(p, 64) * pixel, stepY = load<i32>(p, 60) * line;
  const tapX = load<i32>(p, 80) * pixel, tapY = load<i32>(p, 76) * line;
  const inputBytes = 4 * load<i32>(p, 28) * load<i32>(p, 32) * channels;
  const min = v128.load32_splat(p + 96), max = v128.load32_splat(p + 100);
  for (let n = 0; n < load<i32>(p, 24); n++) {
    const picture = padPicture(p, load<usize>(p, 0) + n * inputBytes, 4, f32x4.splat(0));
    for (let oy = 0; oy < outH; oy++) {
      let filter = load<usize>(p, 8);
      for (let c = 0; c < channels; c += 4) {
        const bias = v128.load(load<usize>(p, 12) + 4 * c);
        for (let ox = 0; ox < outW; ox += 4) {
          let s0 = bias, s1 = bias, s2 = bias, s3 = bias;
          let w = filter;
          let row = picture + oy * stepY + ox * stepX + 4 * c;
          for (let ky = 0; ky < kernelH; ky++) {
            let a = row;
            for (let kx = 0; kx < kernelW; kx++) {
              const weights = v128.load(w);
              w += 16;
              s0 = fma(s0, v128.load(a), weights);
              s1 = fma(s1, v128.load(a + stepX), weights);
              s2 = fma(s2, v128.load(a + 2 * stepX), weights);
              s3 = fma(s3, v128.load(a + 3 * stepX), weights);
              a += tapX;
            }
            row += tapY;
          }
          const to = load<usize>(p, 4) + 4 * (((n * outH + oy) * outW + ox) * channels + c);
          const pixels = outW - ox;
          finish(to, channels - c, clamp4(s0, min, max));
          if (pixels > 1) finish(to + pixel, channels - c, clamp4(s1, min, max));
          if (pixels > 2) finish(to + 2 * pixel, channels - c, clamp4(s2, min, max));
          if (pixels > 3) finish(to + 3 * pixel, channels - c, clamp4(s3, min, max));
        }
        filter += 16 * kernelH * kernelW;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function finish(to: usize, wide: i32, values: v128): void {
  if (wide >= 4) v128.store(to, values);
  else storeFloats(to, values, values, wide);
}
