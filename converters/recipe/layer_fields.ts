/**
 * The fields of a recipe that every layer can have for itself. Adding one takes its line in
 * `LayerSettings` and its line in `LAYER_FIELDS`.
 * @module
 */
import { choice, type Field, flag, number, share, whole } from "./field.ts";
import { PRUNING } from "./pruning.ts";

/** How weights are stored; low-bit ones are integers that fit int8, each kind with its own values. */
export type WeightType =
  | "float32"
  | "float16"
  | "int8"
  | "int4"
  | "int2"
  | "ternary"
  | "binary"
  | "pow2"
  | `codebook:${number}`;

/** What is done to one layer. */
export interface LayerSettings {
  /** How weights are stored. */
  weights: WeightType;
  /**
   * Bits that int8 weights use, 2…8: 7 is what relaxed SIMD computes fastest, 8 loses least. Weights
   * are at most 2^(bits − 1) − 1, rounded, so that 2.6 stands for −2…2 and 3.6 for −5…5: coded files
   * are smaller with any number of levels.
   */
  weightBits: number;
  /** Columns of int4 or int2 weights that share a multiplier, 16…128; 0 for the whole channel. */
  group: number;
  /** How many binary weights are added up, 1…3. */
  bases: number;
  /** What shares a codebook. */
  codebookPer: "tensor" | "channel";
  /**
   * How weights are rounded: `plain` looks at no samples, the others at what comes in, `block` at
   * several layers together; `auto` takes what errs least on held-out samples: for 7 and 8 bits of
   * `plain` and two kinds of `gptq` on the same steps.
   */
  round: "auto" | "plain" | "nearest" | "gptq" | "cd" | "adaround" | "block";
  /**
   * Squared steps of error that a bit of a coded weight is worth, on average over the model: more in
   * channels on which the output depends less (stages/bit_prices.ts). 0 counts no bits; on int8's fine
   * steps 1 takes a fifth off the file, 10 two fifths.
   */
  rateDistortion: number;
  /** How activations are computed; float weights compute in float32. */
  activations: "float32" | "int8";
  /**
   * How the range of the layer's output is found; `auto` compares on calibration samples what the
   * model's outputs lose by each way.
   */
  calibrate: "auto" | "minmax" | "ema" | "percentile" | "mse" | "octav" | "entropy";
  /** Share of values, in percent, that `percentile` keeps. */
  percentile: number;
  /** Whether the bias takes up the mean error of rounded weights (Nagel et al. 2019). */
  biasCorrection: boolean;
  /**
   * Which weights become zeros: "none", or a score and how much goes by it: `magnitude:0.6`,
   * `wanda:0.5`, `sparsegpt:2:4`, `2:4`, `block:4x1:0.5`.
   */
  prune: string;
  /** Share of the channels that a layer makes that are taken out, 0…1; 0 for none. */
  pruneChannels: number;
}

/** Largest λ: steps are at their widest from 1900 on, and beyond only more weights are 0. */
export const LARGEST_LAMBDA = 10_000;

/** The same as a table. */
export const LAYER_FIELDS: { readonly [F in keyof LayerSettings]: Field<LayerSettings[F]> } = {
  weights: {
    initial: "int8",
    wanted: "float32, float16, int8, int4, int2, ternary, binary, pow2, codebook:2…codebook:255",
    fits: isWeightType,
  },
  weightBits: {
    initial: 8,
    wanted: "2…8",
    fits: (value) => typeof value === "number" && value >= 2 && value <= 8,
  },
  group: {
    initial: 0,
    wanted: "0, or a whole number in 16…128",
    fits: (value) => value === 0 || whole(16, 16, 128).fits(value),
  },
  bases: whole(1, 1, 3),
  codebookPer: choice("tensor", "channel"),
  round: choice("auto", "plain", "nearest", "gptq", "cd", "adaround", "block"),
  rateDistortion: {
    initial: 0,
    wanted: `0…${LARGEST_LAMBDA}`,
    fits: (value) => typeof value === "number" && value >= 0 && value <= LARGEST_LAMBDA,
  },
  activations: choice("int8", "float32"),
  calibrate: choice("auto", "minmax", "ema", "percentile", "mse", "octav", "entropy"),
  percentile: number(99.99, 50, 100),
  biasCorrection: flag(true),
  prune: PRUNING,
  pruneChannels: share(0),
};

/** Settings of the layers whose name a pattern fits. */
export interface LayerRule extends Partial<LayerSettings> {
  /** A node's name, or several; `*` stands for any run of characters, `?` for any one. */
  match: string | readonly string[];
}

/** Whether weights of this type are floating-point numbers, so that they are computed with as such. */
export function isFloat(weights: LayerSettings["weights"]): boolean {
  return weights === "float32" || weights === "float16";
}

/**
 * Whether a layer computes in int8 and its weights have steps so fine that activations lose more:
 * those of 7 and 8 bits, which are neither pruned nor rounded to fewer bytes.
 */
export function hasFineSteps(
  { weights, weightBits, activations, rateDistortion, prune, pruneChannels }: LayerSettings,
): boolean {
  return weights === "int8" && weightBits >= 7 && activations === "int8" &&
    rateDistortion === 0 && prune === "none" && pruneChannels === 0;
}

/** Whether fine steps are rounded by what the layer's inputs are like, where that errs less. */
export function isRoundedFinely(settings: LayerSettings): boolean {
  return settings.round === "auto" && hasFineSteps(settings);
}

/** Whether coarse steps, or whatever the recipe names a method for, are rounded so. */
export function isRounded(
  { weights, weightBits, round, rateDistortion }: LayerSettings,
): boolean {
  if (isFloat(weights)) return false;
  if (rateDistortion > 0) return true;
  if (round === "plain") return false;
  return round !== "auto" || weights !== "int8" || weightBits < 7;
}

function isWeightType(value: unknown): value is WeightType {
  if (typeof value !== "string") return false;
  const [, size] = /^codebook:(\d{1,3})$/.exec(value) ?? [];
  if (size !== undefined) return Number(size) >= 2 && Number(size) <= 255;
  return ["float32", "float16", "int8", "int4", "int2", "ternary", "binary", "pow2"]
    .includes(value);
}
