/**
 * Steps that a file can hold.
 * @module
 */
import { fromFloat16, toFloat16 } from "../../runtime/format/float16.ts";
import type { Quantization } from "../graph/graph.ts";

/** Steps as they stand in a file, and what they are then. */
export interface StorableSteps {
  quantization: Quantization;
  steps: Float64Array;
}

/**
 * The nearest steps of the form float32 × float16, one float32 for all channels: the largest step.
 * @param axis channel axis of the weights.
 * @param floors steps are not rounded to less than these.
 * @param fraction bits of a float16's fraction that are used, 0…10.
 */
export function storableSteps(
  steps: Float64Array,
  axis: number,
  floors: ArrayLike<number>,
  fraction = 10,
): StorableSteps {
  const scale = Math.fround(steps.reduce((most, step) => Math.max(most, step), 2 ** -100));
  const channelScales = Uint16Array.from(steps, (step, o) => {
    const unit = 2 ** (10 - fraction);
    const near = Math.max(1, unit * Math.round(toFloat16(step / scale) / unit));
    return scale * fromFloat16(near) < floors[o] ? near + unit : near;
  });
  return {
    quantization: { scale, zeroPoint: 0, channelScales, axis },
    steps: Float64Array.from(channelScales, (bits) => Math.fround(scale * fromFloat16(bits))),
  };
}
