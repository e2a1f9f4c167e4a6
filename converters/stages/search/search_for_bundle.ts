/**
 * The search of a bundle that is larger than its budget.
 * @module
 */
import type { SearchReport } from "../../check/search.ts";
import { isFloat } from "../../recipe/mod.ts";
import { BUNDLE_CHOICES } from "../../search/mod.ts";
import type { ConvertedModel } from "../convert_model.ts";
import type { BundleOptions } from "../options.ts";
import { search } from "./search.ts";

/** What was made by the recipe as it is. */
export interface FirstBundle {
  converted: ConvertedModel;
  /** Bytes that are shipped. */
  shipped: number;
  /** Bytes shipped of the emitted form of another .kedge file. */
  sizeOf: (file: Uint8Array<ArrayBuffer>) => Promise<number>;
}

/**
 * Searches for a recipe whose bundle keeps to the budget. Null where the first bundle does, where the
 * code alone is larger, where there are no samples or no integer weights to search, where samples are
 * set aside already, or where none is wanted.
 */
export async function searchForBundle(
  options: BundleOptions,
  { converted: { bytes, recipe, samples }, shipped, sizeOf }: FirstBundle,
): Promise<SearchReport | null> {
  const { budget, maxDrop } = options;
  // What a device's flash takes is known only after its build.
  if (options.target !== "deno") return null;
  if (options.search === false || budget === undefined || shipped <= budget) return null;
  if (shipped - bytes.length * 4 / 3 > budget || !samples.calibration) return null;
  if (recipe.selectionSamples > 0 || isFloat(recipe.weights)) return null;
  return await search({ ...options, budget, maxDrop, sizeOf, choices: BUNDLE_CHOICES });
}
