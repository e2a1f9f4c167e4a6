/**
 * Weights as int8, symmetric, one scale per output channel.
 * @module
 */
import { fromFloat16, toFloat16 } from "../../runtime/format/float16.ts";
import type { Quantization } from "../graph/graph.ts";

/** Integer weights and what they stand for. */
export interface QuantizedWeights {
  data: Int8Array;
  quantization: Quantization;
  /** Real value of one step, by channel. */
  scales: Float32Array;
}

/**
 * q = round(w / s), |q| ≤ limit, with s = max|w| / limit per channel (Krishnamoorthi 2018,
 * arXiv:1806.08342, §2.3). Each s is rounded up to what the file can hold, float32 times float16,
 * before the weights are rounded, so that storing it loses nothing. Halves go to even.
 * @param axis channel axis of `shape`.
 * @param limit 127 for 8 bits, 63 for 7.
 * @param floors smallest s of each channel; none when left out.
 */
export function quantizeWeights(
  weights: Float32Array,
  shape: readonly number[],
  axis: number,
  limit: number,
  floors?: ArrayLike<number>,
): QuantizedWeights {
  const channels = shape[axis];
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const largest = new Float64Array(channels);
  weights.forEach((value, i) => {
    const channel = channelOf(i);
    largest[channel] = Math.max(largest[channel], Math.abs(value));
  });
  const wanted = largest.map((value, c) => Math.max(value / limit, floors?.[c] ?? 0));
  const scale = floatAbove(wanted.reduce((a, b) => Math.max(a, b), 0) || 1 / limit);
  const half = Uint16Array.from(wanted, (value) => halfAbove(value / scale));
  const scales = Float32Array.from(half, (bits) => scale * fromFloat16(bits));
  const data = Int8Array.from(weights, (value, i) => {
    const q = roundHalfEven(value / scales[channelOf(i)]);
    return Math.min(limit, Math.max(-limit, q));
  });
  return { data, scales, quantization: { scale, zeroPoint: 0, channelScales: half, axis } };
}

/** A float32 value not below `value`, by two steps at most: so the widest channel's float16 is 1. */
function floatAbove(value: number): number {
  const near = Math.fround(value);
  return near < value ? Math.fround(value + Math.max(value * 2 ** -23, 2 ** -149)) : near;
}

/** Smallest float16 not below `value`, at least the smallest there is. */
function halfAbove(value: number): number {
  const bits = toFloat16(value);
  const above = fromFloat16(bits) < value ? bits + 1 : bits;
  return Math.max(above, 1);
}

/** Nearest whole number, ties to even. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
