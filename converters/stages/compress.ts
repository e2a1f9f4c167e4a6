/**
 * Compresses a float graph by the recipe.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { quantize, quantizeWeightsOnly, toFloat16 } from "../compress/mod.ts";
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
 * Applies the recipe.
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
  if (recipe.activations === "float32") return quantizeWeightsOnly(core, { keepFloat, limit });
  const { calibration } = samples;
  if (!calibration) {
    throw new KedgeError({
      code: "data/missing",
      message: "Quantizing to int8: there are no samples to calibrate with",
      wanted: "samples of what the model will see, labelled or not",
      hint: "give --data (or --calibration), or quantize weights alone: --activations float32",
    });
  }
  const { dataset, indices } = calibration;
  const found = await calibrate(
    core,
    dataset,
    indices,
    recipe,
    (done) => onSample(done, indices.length),
  );
  return quantize(core, found.ranges, { keepFloat, limit, meanPatches: found.meanPatches });
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
