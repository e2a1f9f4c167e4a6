/**
 * The line from a trained model to an ONNX file of what the recipe makes of it:
 * import → simplify → calibrate → compress → export.
 * @module
 */
import { exportOnnx } from "../exporters/onnx/mod.ts";
import { compress } from "./compress.ts";
import type { ConvertOptions } from "./options.ts";
import { readSource } from "./read_source.ts";
import { completeRecipe, type Recipe } from "../recipe/mod.ts";
import { openSamples } from "./samples.ts";

/** A model as ONNX. */
export interface OnnxConversion {
  /** File name of the original. */
  name: string;
  /** SHA-256 of the original, lower-case hex. */
  sha256: string;
  /** The ONNX file. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The whole recipe. */
  recipe: Recipe;
}

/**
 * Converts a model to ONNX: with an integer recipe the same quantized graph that `convert` packs, in
 * QuantizeLinear and DequantizeLinear; with a float recipe the simplified graph.
 * @throws KedgeError for every fault of the model, the data or the recipe.
 */
export async function convertToOnnx(options: ConvertOptions): Promise<OnnxConversion> {
  const progress = options.progress ?? (() => {});
  const given = completeRecipe(options.recipe ?? {});
  progress("import", 0, 1);
  const source = await readSource(options.model, given);
  progress("import", 1, 1);
  const samples = await openSamples(source.core, options, given);
  const { graph, recipe } = await compress(source.core, samples, given, progress);
  const { name, sha256 } = source;
  return { name, sha256, bytes: exportOnnx(graph, source.core), recipe };
}
