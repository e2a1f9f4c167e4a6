/**
 * Weights of Conv2D and FullyConnected as the C kernels read them.
 * @module
 */

/** Bytes behind the last row that kernels may read, as they take 16 bytes at a time. */
const SPARE = 12;

/**
 * Rows of K int8 weights, each padded with zeros to a multiple of 4.
 * @param weights [channels, K], K = kernel height · kernel width · input channels of a group.
 */
export function rowsOfWords(weights: Int8Array, channels: number): Int8Array {
  const depth = weights.length / channels;
  const pitch = (depth + 3) & ~3;
  const out = new Int8Array(channels * pitch + SPARE);
  for (let o = 0; o < channels; o++) {
    out.set(weights.subarray(o * depth, (o + 1) * depth), o * pitch);
  }
  return out;
}
