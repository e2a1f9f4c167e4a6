/**
 * Compresses a float graph by the recipe.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { ENOUGH_FOR_MEANS, quantize, quantizeWeightsOnly, toFloat16 } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { calibrate } from "./calibrate.ts";
import type { Recipe } from "./recipe.ts";
import type { Samples } from "./samples.ts";

/** A compressed graph. */
export interface Compressed {
  graph: CoreGraph;
  /** Why a node stayed float, by node name. */
  reasons: Map<string, string>;
}

/**
 * Applies the recipe. int8 weights alone need no samples; where there are some, biases are corrected.
 * @throws KedgeError `data/missing` when int8 activations have no data to calibrate with,
 *   `usage/keep-float` when a node to keep is not there.
 */
export async function compress(
  core: CoreGraph,
  samples: Samples,
  recipe: Recipe,
  onSample: (done: number, total: number) => void,
): Promise<Compressed> {
  const { weights, keepFloat } = recipe;
  assertNodes(core, keepFloat);
  if (weights === "float16") return { graph: toFloat16(core, keepFloat), reasons: new Map() };
  if (weights === "float32") return { graph: core, reasons: new Map() };
  const limit = recipe.weightBits === 7 ? 63 : 127;
  const { calibration } = samples;
  const weightsOnly = recipe.activations === "float32";
  if (weightsOnly && !(calibration && recipe.biasCorrection)) {
    return quantizeWeightsOnly(core, { keepFloat, limit });
  }
  if (!calibration) {
    throw new KedgeError({
      code: "data/missing",
      message: "Quantizing to int8: there are no samples to calibrate with",
      wanted: "samples of what the model will see, labelled or not",
      hint: "give --data (or --calibration), or quantize weights alone: --activations float32",
    });
  }
  const { dataset } = calibration;
  const indices = calibration.indices.slice(0, weightsOnly ? ENOUGH_FOR_MEANS : undefined);
  const { ranges, meanPatches } = await calibrate(
    core,
    dataset,
    indices,
    recipe,
    (done) => onSample(done, indices.length),
  );
  const options = { keepFloat, limit, meanPatches };
  return weightsOnly ? quantizeWeightsOnly(core, options) : quantize(core, ranges, options);
}

function assertNodes(graph: CoreGraph, names: readonly string[]): void {
  const known = new Set(graph.nodes.map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (!unknown.length) return;
  throw new KedgeError({
    code: "usage/keep-float",
    message: `Keeping nodes in float: "${unknown.join('", "')}" is no node of the model`,
    wanted: `one of: ${[...known].slice(0, 12).join(", ")}${known.size > 12 ? ", …" : ""}`,
    hint: "`kedge inspect` lists the nodes",
  });
}
