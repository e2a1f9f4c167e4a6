/**
 * A recipe: everything that decides what a conversion does, as data. The same recipe on the same
 * model and data gives the same bytes.
 * @module
 */
import { choice, type Field, flag, isObject, whole } from "./field.ts";
import { LAYER_FIELDS, type LayerRule, type LayerSettings } from "./layer_fields.ts";

/** What a file can leave out. */
export const STRIPPABLE = ["golden", "names", "provenance", "labels"] as const;

/** One of them. */
export type Strippable = (typeof STRIPPABLE)[number];

/** What a conversion does. */
export interface Recipe extends LayerSettings {
  /** What single layers have instead; of rules that fit the same layer, later ones win. */
  layers: LayerRule[];
  /** Names of nodes that stay float32, whatever the rules say. */
  keepFloat: string[];
  /**
   * What is evened out between two layers in a row: channels of activations, where weights have 7 or
   * 8 bits to take that up (Xiao et al. 2022), or with `on` weights, high biases being absorbed (Nagel
   * et al. 2019); `auto` the latter as far as that makes plain rounding err less.
   */
  equalize: "activations" | "off" | "on" | "auto";
  /** Whether all scales are powers of two, so that rescaling is a shift. */
  scales: "any" | "pow2";
  /**
   * Whether int8 weights get 7 bits in layers that run faster so, as far as outputs lose little by it;
   * what was chosen becomes rules of `layers`.
   */
  reduceRange: "off" | "auto";
  /** How int8 weights stand in the file: as they are, in fixed widths, or by what is smallest. */
  coder: "none" | "fixed" | "auto";
  /**
   * What makes a channel important: what is lost without it after a refit, its weighted variance, its
   * activity, or its weights' norm.
   */
  importance: "refit" | "weighted" | "activity" | "weights";
  /** Whether shares are taken of every layer by itself or of all together, by which score. */
  pruneScope: "layer" | "global" | "lamp";
  /** Norm by which groups of weights are compared. */
  norm: "l2" | "l1";
  /** Whether layers behind pruned channels are fitted again to what they gave. */
  refit: boolean;
  /** What the file leaves out: golden samples, names inside the model, where it came from, labels. */
  strip: Strippable[];
  /** How often calibration samples are gone through to train what is pruned or quantized; 0 for not. */
  distill: number;
  /**
   * Further views of every calibration picture that weights are rounded for, shifted and zoomed: a few
   * samples tell more so. 0 for none; of what is no picture there are none.
   */
  views: number;
  /**
   * Whether the model looks at every picture and at its mirror image, and gives the mean: more are
   * right, in twice the time, with the same weights.
   */
  mirror: boolean;
  /** How many samples calibrate; 0 lets kedge choose. */
  calibrationSamples: number;
  /** How many samples a search chose by, so that they are never evaluated. */
  selectionSamples: number;
  /** Seed of the sample split. */
  seed: number;
  /** Sizes of dynamic dimensions by name. */
  dims: Record<string, number>;
  /** Inputs that always have one value, by name. */
  constants: Record<string, number>;
}

/** All fields as a table. `layers` has checks of its own (complete.ts). */
export const FIELDS: { readonly [F in keyof Recipe]: Field<Recipe[F]> } = {
  ...LAYER_FIELDS,
  layers: {
    initial: [],
    wanted: "a list of rules, each with a match",
    fits: (value) =>
      Array.isArray(value) && value.every((rule) => isObject(rule) && isPattern(rule.match)),
  },
  keepFloat: {
    initial: [],
    wanted: "a list of node names",
    fits: (value) => Array.isArray(value) && value.every((name) => typeof name === "string"),
  },
  equalize: choice("activations", "off", "on", "auto"),
  scales: choice("any", "pow2"),
  reduceRange: choice("off", "auto"),
  coder: choice("none", "fixed", "auto"),
  importance: choice("refit", "weighted", "activity", "weights"),
  pruneScope: choice("layer", "global", "lamp"),
  norm: choice("l2", "l1"),
  refit: flag(true),
  strip: {
    initial: [],
    wanted: `a list of ${STRIPPABLE.join(", ")}`,
    fits: (value) =>
      Array.isArray(value) &&
      value.every((part) => (STRIPPABLE as readonly unknown[]).includes(part)),
  },
  distill: whole(0, 0, 1000),
  views: whole(0, 0, 16),
  mirror: flag(false),
  calibrationSamples: whole(0, 0),
  selectionSamples: whole(0, 0),
  seed: whole(0),
  dims: {
    initial: {},
    wanted: "whole numbers, 1 or more, by name",
    fits: (value) =>
      isObject(value) &&
      Object.values(value).every((size) => Number.isSafeInteger(size) && Number(size) >= 1),
  },
  constants: {
    initial: {},
    wanted: "numbers by name",
    fits: (value) => isObject(value) && Object.values(value).every(Number.isFinite),
  },
};

/** int8 weights and activations. */
export const DEFAULT_RECIPE: Readonly<Recipe> = Object.fromEntries(
  Object.entries(FIELDS).map(([name, { initial }]) => [name, initial]),
) as unknown as Recipe;

function isPattern(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((one) => isPattern(one));
  return typeof value === "string" && value !== "";
}
