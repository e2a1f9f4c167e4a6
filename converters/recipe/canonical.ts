/**
 * One text for one recipe.
 * @module
 */
import { isObject } from "./field.ts";
import type { Recipe } from "./fields.ts";

/**
 * The recipe as JSON with sorted keys, the same text for the same recipe. It stands in files, so
 * `mirror` is there only where it is on: most others keep their bytes.
 */
export function canonicalRecipe({ mirror, ...others }: Recipe): string {
  return JSON.stringify(sorted({ ...others, ...mirror && { mirror } }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
