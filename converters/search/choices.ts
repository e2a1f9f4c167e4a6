/**
 * The ways to store a layer that a search chooses from.
 * @module
 */
import type { LayerSettings } from "../recipe/mod.ts";

/** What a layer can have instead of the recipe's settings. */
export type Choice = Partial<LayerSettings>;

/** The best first; every layer starts with it. */
export const CHOICES: readonly Choice[] = [
  { weights: "int8", weightBits: 8 },
  { weights: "int8", weightBits: 7 },
  { weights: "int8", weightBits: 6 },
  { weights: "int8", weightBits: 5 },
  { weights: "int8", weightBits: 4 },
  { weights: "int8", weightBits: 3 },
  { weights: "int8", weightBits: 2 },
];

/** The choice in a few words, for example "4 bits". */
export function nameOf({ weights = "int8", weightBits = 8, ...more }: Choice): string {
  const others = Object.entries(more).map(([field, value]) => `${field} ${value}`);
  return [weights === "int8" ? `${weightBits} bits` : weights, ...others].join(", ");
}
