/**
 * The line from a trained model to a .kedge file:
 * import → simplify → calibrate → compress → plan → pack.
 * @module
 */
import type { GoldenSample, Model } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import type { LayerReport } from "../check/report.ts";
import { pack, type PackMeta } from "../pack/mod.ts";
import { planMemory } from "../plan/mod.ts";
import { VERSION } from "../version.ts";
import { compress } from "./compress.ts";
import { goldenCount, goldenInput, goldenSample } from "./golden.ts";
import { measureLayers } from "./layers.ts";
import type { ConvertOptions } from "./options.ts";
import { readSource, type SourceModel } from "./read_source.ts";
import { canonicalRecipe, completeRecipe, type Recipe } from "../recipe/mod.ts";
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
  const dataset = (samples.evaluation ?? samples.calibration)?.dataset;
  const meta = (golden: GoldenSample[]): PackMeta => ({
    coder: recipe.coder,
    preprocess: dataset?.preprocess ?? null,
    labels: options.labels ?? dataset?.classNames ?? [],
    golden,
    provenance: {
      name: source.name,
      sha256: source.sha256,
      kedge: VERSION,
      recipe: canonicalRecipe(recipe),
    },
  });
  const plan = planMemory(graph);
  const bare = readModel(await pack(graph, plan, { ...meta([]), coder: "none" }));
  const golden: GoldenSample[] = [];
  for (let i = 0; i < goldenCount(bare); i++) {
    golden.push(goldenSample(bare, await goldenInput(bare, samples, i)));
  }
  const bytes = await pack(graph, plan, meta(golden));
  const model = readModel(bytes);
  const layers = await measureLayers(source.core, bytes, samples, { reasons, kept });
  progress("pack", 1, 1);
  return { bytes, model, source, recipe, samples, layers };
}
