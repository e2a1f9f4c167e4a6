/**
 * The search of a bundle that is larger than its budget.
 * @module
 */
import type { SearchReport } from "../../check/search.ts";
import { isFloat } from "../../recipe/mod.ts";
import { BUNDLE_CHOICES, MCU_CHOICES } from "../../search/mod.ts";
import type { ConvertedModel } from "../convert_model.ts";
import type { BundleOptions } from "../options.ts";
import { search } from "./search.ts";

/** What was made by the recipe as it is. */
export interface FirstBundle {
  converted: ConvertedModel;
  /** Bytes that are shipped, or flash that is taken. */
  shipped: () => Promise<number>;
  /** The same of the emitted form of another .kedge file. */
  sizeOf: (file: Uint8Array<ArrayBuffer>) => Promise<number>;
}

/**
 * Searches for a recipe whose bundle keeps to the budget. Null where the first bundle does, where the
 * code alone is larger, where there are no samples or no integer weights to search, where samples are
 * set aside already, or where none is wanted.
 */
export async function searchForBundle(
  options: BundleOptions,
  { converted, shipped, sizeOf }: FirstBundle,
): Promise<SearchReport | null> {
  const { budget, maxDrop, target } = options;
  const { bytes, model, recipe, samples } = converted;
  if (options.search === false || budget === undefined || !samples.calibration) return null;
  if (recipe.selectionSamples > 0 || isFloat(recipe.weights)) return null;
  const first = await shipped();
  const constants = model.tensors.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0);
  // In a script, 4 characters are 3 bytes.
  const weights = target === "deno" ? bytes.length * 4 / 3 : constants;
  if (first <= budget || first - weights > budget) return null;
  const choices = target === "deno" ? BUNDLE_CHOICES : MCU_CHOICES;
  return await search({ ...options, budget, maxDrop, sizeOf, choices });
}
