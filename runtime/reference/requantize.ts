/**
 * From accumulators to output values: the one place that states how kedge rounds.
 * @module
 */
import type { ModelTensor } from "../format/model.ts";
import { ROUND_MAGIC } from "./math.ts";

const f = Math.fround;

/** Output side of an operator: clamp in the output tensor's own units, then the stored form. */
export interface Output {
  /** Whether values are rounded to int8. */
  readonly integer: boolean;
  readonly zeroPoint: number;
  readonly min: number;
  readonly max: number;
}

/** Output rule of an operator with the float parameters `min` and `max`. */
export function outputOf(
  tensor: ModelTensor,
  params: { min: number; max: number },
): Output {
  return {
    integer: tensor.dtype === "int8",
    zeroPoint: tensor.zeroPoint,
    min: params.min,
    max: params.max,
  };
}

/**
 * Clamps and, for an integer output, rounds half to even and adds the zero point.
 *
 * Clamping to [min − zp, max − zp] before rounding equals clamping after, as both bounds are
 * integers; after it |x| ≤ 255, so adding 1.5 × 2²³ rounds half to even exactly. NaN becomes min.
 * @param x a float32 value in units of the output's scale.
 */
export function store(x: number, output: Output): number {
  const { integer, zeroPoint, min, max } = output;
  if (!integer) return clamp(x, min, max);
  const bounded = clamp(x, min - zeroPoint, max - zeroPoint);
  return f(f(bounded + ROUND_MAGIC) - ROUND_MAGIC) + zeroPoint;
}

/** max(min, x) then min(max, ·), written so that NaN gives `min`. */
export function clamp(x: number, min: number, max: number): number {
  const low = min < x ? x : min;
  return max < low ? max : low;
}

/** multiplier[c] = f32(scale[c] × factor); a weight without channel scales has one for all. */
export function multipliers(
  weight: ModelTensor,
  channels: number,
  factor: number,
): Float32Array {
  const out = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    out[c] = f((weight.scales ? weight.scales[c] : weight.scale) * f(factor));
  }
  return out;
}
