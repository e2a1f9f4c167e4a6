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

/** What is left of a file's contents without some of them. */
function stripMeta(meta: PackMeta, strip: Recipe["strip"]): PackMeta {
  const without = (part: Recipe["strip"][number]) => strip.includes(part);
  return {
    ...meta,
    nameless: without("names"),
    golden: without("golden") ? [] : meta.golden,
    labels: without("labels") ? [] : meta.labels,
    provenance: without("provenance")
      ? { name: meta.provenance.name, sha256: "", kedge: "", recipe: "" }
      : meta.provenance,
  };
}

/**
 * Converts a model to a .kedge file in memory.
 * @throws KedgeError for every fault of the model, the data or the recipe.
 */
export async function convertModel(options: ConvertOptions): Promise<ConvertedModel> {
  const progress = options.progress ?? (() => {});
  const recipe = completeRecipe(options.recipe ?? {});
  progress("import", 0, 1);
  const source = await readSource(options.model, recipe.dims);
  progress("import", 1, 1);
  const samples = await openSamples(source.core, options, recipe);
  const { graph, reasons, kept } = await compress(
    source.core,
    samples,
    recipe,
    progress,
  );
  progress("pack", 0, 1);
  const { bytes } = await packConverted({ source, samples, recipe, labels: options.labels }, graph);
  const model = readModel(bytes);
  const layers = await measureLayers(source.core, bytes, samples, { reasons, kept });
  progress("pack", 1, 1);
  const converted = { source, recipe, samples, layers };
  if (!recipe.strip.length) return { bytes, model, ...converted };
  const stripped = await pack(graph, plan, stripMeta(meta(golden), recipe.strip));
  return { bytes: stripped, model: readModel(stripped), ...converted };
}
