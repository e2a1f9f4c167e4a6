/**
 * The ways to store a layer that a search chooses from.
 * @module
 */
import { isFloat, LARGEST_LAMBDA, type LayerSettings } from "../recipe/mod.ts";

/** What a layer can have instead of the recipe's settings. */
export type Choice = Partial<LayerSettings>;

/** 8 bits as they are, and rounded for error and bits together, which takes fewer bytes by λ. */
const LAMBDAS = [0, 2, 8, 20, 40, 80, 160, 320];

/** The best first; every layer starts with it. */
export const CHOICES: readonly Choice[] = LAMBDAS.map(choiceOf);

/** Where time is limited, layers may be in float as well: it is slower, which nothing else would tell. */
export const TIMED_CHOICES: readonly Choice[] = [...CHOICES, { weights: "float16" }];

/** Plain bits, which are tried for all layers alike: a λ takes fewer bytes for as little loss. */
export const UNIFORM_CHOICES: readonly Choice[] = [7, 6, 5, 4, 3].map(bitsOf);

/** For bundles, which carry the code that unpacks: plain fewer bits need the least of it. */
export const BUNDLE_CHOICES: readonly Choice[] = [
  ...CHOICES,
  ...[6, 5, 4, 3].map(bitsOf),
];

/** For microcontrollers, whose flash holds weights as indices of 8, 4 or 2 bits. */
export const MCU_CHOICES: readonly Choice[] = [
  bitsOf(8),
  { weights: "int4" },
  { weights: "int2" },
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

/** Whether weights stay floating-point numbers. */
export function isFloatChoice({ weights = "int8" }: Choice): boolean {
  return isFloat(weights);
}

/** The choice of plain bits. */
export function bitsOf(weightBits: number): Choice {
  return { weights: "int8", weightBits };
}

/** The choice with λ times a factor, to three digits; as it is without λ. */
export function scaled(choice: Choice, factor: number): Choice {
  const { rateDistortion } = choice;
  if (!rateDistortion) return choice;
  return { ...choice, rateDistortion: Number((rateDistortion * factor).toPrecision(3)) };
}

/** The most that all λs of some choices can be multiplied by; null where there is none. */
export function largestFactor(choices: readonly Choice[]): number | null {
  const most = Math.max(...choices.map(({ rateDistortion = 0 }) => rateDistortion));
  return most > 0 ? LARGEST_LAMBDA / most : null;
}

/** The choice in a few words, for example "4 bits". */
export function nameOf({ weights = "int8", weightBits = 8, ...more }: Choice): string {
  const others = Object.entries(more).map(([field, value]) =>
    `${field === "rateDistortion" ? "λ" : field} ${value}`
  );
  return [weights === "int8" ? `${weightBits} bits` : weights, ...others].join(", ");
}
