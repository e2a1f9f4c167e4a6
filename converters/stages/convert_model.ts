/**
 * The line from a trained model to a .kedge file:
 * import → simplify → calibrate → compress → plan → pack.
 * @module
 */
import type { Model } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import type { LayerReport } from "../check/report.ts";
import { compress } from "./compress.ts";
import { measureLayers } from "./layers.ts";
import type { ConvertOptions } from "./options.ts";
import { packConverted } from "./pack_converted.ts";
import { readSource, type SourceModel } from "./read_source.ts";
import { completeRecipe, type Recipe } from "../recipe/mod.ts";
import { openSamples, type Samples } from "./samples.ts";

/** A converted model with all that was needed on the way. */
export interface ConvertedModel {
  /** The .kedge file. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The same, read back. */
  model: Model;
  source: SourceModel;
  recipe: Recipe;
  samples: Samples;
  layers: LayerReport[];
}

/**
 * Converts a model to a .kedge file in memory.
 * @throws KedgeError for every fault of the model, the data or the recipe.
 */
export async function convertModel(options: ConvertOptions): Promise<ConvertedModel> {
  const progress = options.progress ?? (() => {});
  const given = completeRecipe(options.recipe ?? {});
  progress("import", 0, 1);
  const source = await readSource(options.model, given);
  progress("import", 1, 1);
  const samples = await openSamples(source.core, options, given);
  const { graph, float, recipe, reasons, kept } = await compress(
    source.core,
    samples,
    given,
    progress,
  );
  progress("pack", 0, 1);
  const parts = { source, samples, labels: options.labels };
  // Layers are told apart by their names, which the shipped file may be without.
  const whole = await packConverted({ ...parts, recipe: { ...recipe, strip: [] } }, graph);
  const layers = await measureLayers(float, whole.bytes, samples, { reasons, kept });
  const { bytes } = recipe.strip.length
    ? await packConverted({ ...parts, recipe }, graph, whole.golden)
    : whole;
  progress("pack", 1, 1);
  return { bytes, model: readModel(bytes), source, recipe, samples, layers };
}
