/**
 * What one step of quantized integers stands for.
 * @module
 */
import { fromFloat16 } from "../../../runtime/format/float16.ts";
import type { Quantization } from "../../graph/graph.ts";

/** Two float32 roundings make no more than this. */
const ROUNDING = 1e-6;

/** `factor` as a share of the one that follows from the scales; 1 where they differ by rounding. */
export function ratioOf(factor: number, natural: number): number {
  const ratio = factor / natural;
  return Math.abs(ratio - 1) < ROUNDING ? 1 : ratio;
}

/** Real values of a step: one, or one for each channel. */
export function realSteps({ scale, channelScales }: Quantization, ratio = 1): Float32Array {
  const steps = channelScales
    ? Float32Array.from(channelScales, (half) => Math.fround(scale * fromFloat16(half)))
    : Float32Array.of(scale);
  return ratio === 1 ? steps : steps.map((step) => step * ratio);
}
