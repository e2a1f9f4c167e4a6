/**
 * The fields of a recipe that every layer can have for itself. Adding one takes its line in
 * `LayerSettings` and its line in `LAYER_FIELDS`.
 * @module
 */
import { choice, type Field, flag, number, whole } from "./field.ts";

/** What is done to one layer. */
export interface LayerSettings {
  /** How weights are stored. */
  weights: "float32" | "float16" | "int8";
  /** Bits that int8 weights use, 2…8: 7 is what relaxed SIMD computes fastest, 8 loses least. */
  weightBits: number;
  /** How activations are computed; float weights compute in float32. */
  activations: "float32" | "int8";
  /** How the range of the layer's output is found. */
  calibrate: "minmax" | "ema" | "percentile" | "mse" | "octav" | "entropy";
  /** Share of values, in percent, that `percentile` keeps. */
  percentile: number;
  /** Whether the bias takes up the mean error of rounded weights (Nagel et al. 2019). */
  biasCorrection: boolean;
}

/** The same as a table. */
export const LAYER_FIELDS: { readonly [F in keyof LayerSettings]: Field<LayerSettings[F]> } = {
  weights: choice("int8", "float32", "float16"),
  weightBits: whole(8, 2, 8),
  activations: choice("int8", "float32"),
  calibrate: choice("minmax", "ema", "percentile", "mse", "octav", "entropy"),
  percentile: number(99.99, 50, 100),
  biasCorrection: flag(true),
};

/** Settings of the layers whose name a pattern fits. */
export interface LayerRule extends Partial<LayerSettings> {
  /** A node's name; `*` stands for any run of characters, `?` for any one. */
  match: string;
}

/** Whether weights of this type are floating-point numbers, so that they are computed with as such. */
export function isFloat(weights: LayerSettings["weights"]): boolean {
  return weights === "float32" || weights === "float16";
}
