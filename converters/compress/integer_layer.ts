/**
 * Weights and bias of one layer in integers.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { CoreNode, Quantization } from "../graph/graph.ts";
import { meanError } from "./correct_bias.ts";
import type { GridSettings } from "./grids/mod.ts";
import { type QuantizedWeights, roundHalfEven } from "./quantize_weights.ts";
import { roundWeights } from "./round_weights.ts";
import type { Weights } from "./weighted.ts";

/** A float layer and what its integers depend on. */
export interface FloatLayer {
  node: CoreNode;
  weights: Weights;
  /** One a channel, or null. */
  bias: ArrayLike<number> | null;
  /** Largest integer bias (accumulator_bound.ts). */
  room: number;
  /** Of the layer's input. */
  input: Quantization;
  /** What its weights may become. */
  grid: GridSettings;
  /** Whether its steps are powers of two. */
  powersOfTwo?: boolean;
  /** Mean input patch, for bias correction; null for none. */
  meanPatch: Float64Array | null;
}

/** The same in integers. */
export interface IntegerLayer extends QuantizedWeights {
  /** In steps of input scale × weight scale; null where there is none. */
  bias: Int32Array | null;
}

/**
 * Rounds weights, takes their mean error off the bias, rounds the bias.
 *
 * A channel's step is wide enough for its bias to fit. So a channel of small or dead weights under
 * a large bias loses precision of its weights, which matter little there, and not its bias.
 * @throws KedgeError `model/not-finite` where a weight or bias is not a finite number.
 */
export function integerLayer(layer: FloatLayer): IntegerLayer {
  const { node, bias, room, input, grid, meanPatch, powersOfTwo } = layer;
  const { shape, axis } = layer.weights;
  assertFinite(layer);
  const floors = new Float64Array(shape[axis]);
  for (;;) {
    const weights = roundWeights(layer.weights, grid, floors, powersOfTwo);
    const errors = meanPatch && meanError(node, layer.weights, weights, meanPatch);
    if (!bias && !errors) return { ...weights, bias: null };
    const steps = Float64Array.from(weights.scales, (scale, c) => {
      const value = (bias?.[c] ?? 0) - (errors?.[c] ?? 0);
      return roundHalfEven(value / (input.scale * scale));
    });
    const fits = (value: number) => Math.abs(value) <= room;
    if (steps.every(fits)) return { ...weights, bias: Int32Array.from(steps) };
    steps.forEach((value, c) => {
      // A little wider than that, as steps are rounded to what the file can hold.
      if (!fits(value)) floors[c] = weights.scales[c] * 1.01 * Math.abs(value) / room;
    });
  }
}

function assertFinite({ node, weights, bias }: FloatLayer): void {
  const values = { weights: weights.data, bias: Float64Array.from(bias ?? []) };
  for (const [what, list] of Object.entries(values)) {
    const at = list.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    throw new KedgeError({
      code: "model/not-finite",
      message: `Quantizing to int8: the ${what} of "${node.name}" hold a value that is no number`,
      where: { node: node.name, op: node.op },
      got: `${list[at]} at ${at}`,
      wanted: "finite numbers",
      hint: "see how the model was trained and exported, or keep the layer in float: --keep-float",
    });
  }
}
