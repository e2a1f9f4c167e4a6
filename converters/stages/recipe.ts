/**
 * A recipe: everything that decides what a conversion does, as data. The same recipe on the same
 * model and data gives the same bytes.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";

/** What a conversion does. */
export interface Recipe {
  /** How weights are stored. */
  weights: "float32" | "float16" | "int8";
  /** Bits that int8 weights use: 7 is what relaxed SIMD computes fastest, 8 loses least. */
  weightBits: 7 | 8;
  /** How activations are computed. */
  activations: "float32" | "int8";
  /** How the ranges of activations are found. */
  calibrate: "minmax" | "percentile";
  /** Share of values, in percent, that `percentile` keeps. */
  percentile: number;
  /** Whether biases take up the mean error of rounded weights (Nagel et al. 2019). */
  biasCorrection: boolean;
  /** Names of nodes that stay float32. */
  keepFloat: string[];
  /** How many samples calibrate; 0 lets kedge choose. */
  calibrationSamples: number;
  /** Seed of the sample split. */
  seed: number;
  /** Sizes of dynamic dimensions by name. */
  dims: Record<string, number>;
}

/** int8 weights and activations. */
export const DEFAULT_RECIPE: Readonly<Recipe> = {
  weights: "int8",
  weightBits: 8,
  activations: "int8",
  calibrate: "minmax",
  percentile: 99.99,
  biasCorrection: true,
  keepFloat: [],
  calibrationSamples: 0,
  seed: 0,
  dims: {},
};

const CHOICES = {
  weights: ["float32", "float16", "int8"],
  activations: ["float32", "int8"],
  calibrate: ["minmax", "percentile"],
} as const;

/**
 * Fills a partial recipe with the defaults and checks it. Float weights bring float activations
 * unless activations are given.
 * @throws KedgeError `usage/recipe` naming the field.
 */
export function completeRecipe(given: Partial<Recipe>): Recipe {
  const recipe = { ...DEFAULT_RECIPE, ...given };
  if (given.activations === undefined && recipe.weights !== "int8") {
    recipe.activations = "float32";
  }
  const wrong = (
    field: string,
    got: unknown,
    wanted: string,
    hint?: string,
  ): never => {
    throw new KedgeError({
      code: "usage/recipe",
      message: `Reading the recipe: "${field}" does not fit`,
      where: { tensor: field },
      got: JSON.stringify(got),
      wanted,
      hint,
    });
  };
  for (const field of Object.keys(given)) {
    if (!(field in DEFAULT_RECIPE)) {
      wrong(field, given[field as keyof Recipe], "no such field");
    }
  }
  for (const [field, choices] of Object.entries(CHOICES)) {
    const value = recipe[field as keyof typeof CHOICES];
    if (!(choices as readonly string[]).includes(value)) {
      wrong(field, value, choices.join(", "));
    }
  }
  if (recipe.activations === "int8" && recipe.weights !== "int8") {
    wrong(
      "activations",
      "int8",
      "float32 beside float weights",
      "use --weights int8",
    );
  }
  if (recipe.weightBits !== 7 && recipe.weightBits !== 8) {
    wrong("weightBits", recipe.weightBits, "7 or 8");
  }
  const { percentile, calibrationSamples, seed, keepFloat, dims } = recipe;
  if (!(percentile > 50 && percentile <= 100)) {
    wrong("percentile", percentile, "50…100");
  }
  if (!Number.isInteger(calibrationSamples) || calibrationSamples < 0) {
    wrong(
      "calibrationSamples",
      calibrationSamples,
      "a whole number, 0 or more",
    );
  }
  if (!Number.isInteger(seed)) wrong("seed", seed, "a whole number");
  if (
    !Array.isArray(keepFloat) ||
    keepFloat.some((name) => typeof name !== "string")
  ) {
    wrong("keepFloat", keepFloat, "a list of node names");
  }
  for (const [name, size] of Object.entries(dims)) {
    if (!Number.isInteger(size) || size < 1) {
      wrong(`dims.${name}`, size, "a whole number, 1 or more");
    }
  }
  return recipe;
}

/** The recipe as JSON with sorted keys, the same text for the same recipe. */
export function canonicalRecipe(recipe: Recipe): string {
  const sorted = (value: unknown): unknown =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(
        Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map((
          [k, v],
        ) => [k, sorted(v)]),
      )
      : value;
  return JSON.stringify(sorted(recipe));
}
