/**
 * The ways to store a layer that a search chooses from.
 * @module
 */
import type { LayerSettings } from "../recipe/mod.ts";

/** What a layer can have instead of the recipe's settings. */
export type Choice = Partial<LayerSettings>;

/** 8 bits as they are, and rounded for error and bits together, which takes fewer bytes by λ. */
const LAMBDAS = [0, 2, 8, 20, 40, 80, 160, 320];

/** The best first; every layer starts with it. */
export const CHOICES: readonly Choice[] = LAMBDAS.map(choiceOf);

/** For bundles, which carry the code that unpacks: plain fewer bits need the least of it. */
export const BUNDLE_CHOICES: readonly Choice[] = [
  ...CHOICES,
  ...[6, 5, 4, 3].map((weightBits): Choice => ({ weights: "int8", weightBits })),
];

/** The choice of a λ. */
export function choiceOf(rateDistortion: number): Choice {
  return { weights: "int8", ...rateDistortion > 0 && { rateDistortion } };
}

/** The λ of a choice that is nothing but a λ; null for others, and for 0. */
export function lambdaOf(
  { weights = "int8", rateDistortion = 0, ...others }: Choice,
): number | null {
  return weights === "int8" && rateDistortion > 0 && !Object.keys(others).length
    ? rateDistortion
    : null;
}

/** The choice in a few words, for example "4 bits". */
export function nameOf({ weights = "int8", weightBits = 8, ...more }: Choice): string {
  const others = Object.entries(more).map(([field, value]) =>
    `${field === "rateDistortion" ? "λ" : field} ${value}`
  );
  return [weights === "int8" ? `${weightBits} bits` : weights, ...others].join(", ");
}
