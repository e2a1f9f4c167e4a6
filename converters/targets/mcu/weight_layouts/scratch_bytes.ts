/**
 * Working memory that the C kernels ask for, whatever core they are compiled for.
 * @module
 */

/**
 * Bytes for Conv2D (`kedge_conv2d_s8`) and FullyConnected.
 * @param depth products of one sum.
 */
export function patchBytes(depth: number): number {
  return Math.max(5 * ((depth + 15) & ~15), 512);
}

/** Bytes for DepthwiseConv2D (`kedge_depthwise_s8`). */
export function depthwiseBytes(
  window: { kernelH: number; kernelW: number; strideW: number; outW: number; channels: number },
): number {
  const { kernelH, kernelW, strideW, outW, channels } = window;
  const taps = 24 * kernelH * kernelW + channels;
  if (kernelH !== 3 || kernelW !== 3) return taps;
  const columns = (outW - 1) * strideW + kernelW;
  return Math.max(taps, 72 * Math.ceil(channels / 4) + 24 * columns);
}
