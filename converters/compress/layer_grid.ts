/**
 * What a layer's settings say about its grid, and what its bias asks of the steps.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import type { LayerSettings } from "../recipe/mod.ts";
import { largestBias } from "./accumulator_bound.ts";
import type { GridSettings } from "./grids/mod.ts";
import { roundHalfEven } from "./quantize_weights.ts";

/** The grid of a layer whose weights are not float. */
export function gridOf(settings: LayerSettings, op: CoreNode["op"]): GridSettings {
  const { weights, weightBits, group, bases } = settings;
  switch (weights) {
    case "int8": {
      // Only the matrix product runs faster on 7 bits.
      const bits = weightBits === 7 && op === "DepthwiseConv2D" ? 8 : weightBits;
      const limit = Math.round(2 ** (bits - 1) - 1);
      return { kind: "uniform", low: -limit, high: limit, group: 0 };
    }
    case "int4":
      return { kind: "uniform", low: -8, high: 7, group };
    case "int2":
      return { kind: "uniform", low: -2, high: 1, group };
    case "ternary":
    case "pow2":
      return { kind: weights };
    case "binary":
      return { kind: "binary", bases };
    case "float32":
    case "float16":
      throw new TypeError(`${weights} weights have no grid`);
    default:
      return {
        ...{ kind: "codebook", size: Number(weights.slice("codebook:".length)) },
        perChannel: settings.codebookPer === "channel",
      };
  }
}

/** Share of the room for a bias that is used at most: correcting it may make it larger. */
const ROOM_USED = 0.5;

/**
 * The smallest step of each channel with which its bias fits an int32 sum (accumulator_bound.ts).
 * @param scale of the layer's input; null where biases are float.
 */
export function stepFloors(bias: Float64Array, depth: number, scale: number | null): Float64Array {
  const room = (largestBias(depth) ?? 1) * ROOM_USED;
  return bias.map((value) => scale === null ? 0 : Math.abs(value) / (scale * room));
}

/**
 * A bias in steps of input scale × weight step, held to the room there is.
 * @param unit what it is a multiple of (rounding/rate_distortion.ts).
 */
export function integerBias(
  bias: Float64Array,
  steps: Float64Array,
  scale: number,
  depth: number,
  unit = 1,
): Int32Array {
  const room = largestBias(depth)!;
  return Int32Array.from(bias, (value, o) => {
    const q = unit * roundHalfEven(value / (scale * steps[o] * unit));
    return Math.max(-room, Math.min(room, q));
  });
}
