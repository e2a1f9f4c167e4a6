/**
 * The ways to store a layer that a search chooses from.
 * @module
 */
import type { LayerSettings } from "../recipe/mod.ts";

/** What a layer can have instead of the recipe's settings. */
export type Choice = Partial<LayerSettings>;

/** The best first; every layer starts with it. */
export const CHOICES: readonly Choice[] = [8, 7, 6, 5, 4, 3.6, 3, 2.6, 2]
  .map((weightBits) => ({ weights: "int8", weightBits }));

/** The choice in a few words, for example "4 bits". */
export function nameOf({ weights = "int8", weightBits = 8, ...more }: Choice): string {
  const others = Object.entries(more).map(([field, value]) => `${field} ${value}`);
  return [weights === "int8" ? `${weightBits} bits` : weights, ...others].join(", ");
}
