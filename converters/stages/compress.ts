/**
 * Compresses a float graph by the recipe.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { composeKept, eliminateChannels, orderChannels } from "../channels/mod.ts";
import { ENOUGH_FOR_MEANS, quantize, quantizeWeightsOnly, toFloat16 } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { calibrateOnce, type Calibration } from "./calibrate.ts";
import { chooseRanges } from "./choose_ranges.ts";
import {
  assertLayers,
  isFloat,
  type LayerSettings,
  type Recipe,
  recipeFor,
} from "../recipe/mod.ts";
import { distillBiases } from "./distill_biases.ts";
import { equalizeByRecipe } from "./equalize.ts";
import { evenByRecipe } from "./even_activations.ts";
import type { Progress } from "./options.ts";
import { prune, type Pruned } from "./prune.ts";
import { type LayerRecovery, recover } from "./recover.ts";
import { reconstruct } from "./reconstruct.ts";
import { reduceRange } from "./reduce_range.ts";
import type { Samples } from "./samples.ts";

/** A compressed graph; `reasons` also say why a node stayed float. */
export interface Compressed extends Pruned {
  /** The same before dead channels were taken out: every layer in its own shape. */
  whole: CoreGraph;
  /** The float graph whose activations it has: the given one, equalized where the recipe says so. */
  float: CoreGraph;
  /** The recipe, with what was chosen by it instead of `auto`. */
  recipe: Recipe;
  /** How well the weights of each layer were rounded, by node name. */
  recovery: Map<string, LayerRecovery>;
}

/**
 * Applies the recipe: prunes, quantizes, and at last leaves out all channels that are constant or
 * unused now, and puts the others in the order that codes best.
 * @throws KedgeError `data/missing` when what it says needs samples and there are none,
 *   `usage/keep-float`, `usage/layers` when a node of the recipe is not there.
 */
export async function compress(
  given: CoreGraph,
  samples: Samples,
  wanted: Recipe,
  progress: Progress,
): Promise<Compressed> {
  assertLayers(wanted, given.nodes.map(({ name }) => name));
  const even = await evenByRecipe(given, samples, wanted);
  const ranged = await chooseRanges(even, samples, wanted, progress);
  const core = await equalizeByRecipe(even, samples, ranged, progress);
  const onStep = (done: number, total: number) => progress("prune", done, total);
  const pruned = await prune(core, samples, ranged, onStep);
  const recipe = await reduceRange(pruned.graph, samples, ranged, progress);
  const quantized = await quantizeByRecipe(pruned.graph, samples, recipe, progress);
  const live = eliminateChannels(quantized.graph);
  const reasons = new Map<string, string>();
  for (const map of [pruned.reasons, quantized.reasons, live.reasons]) {
    for (const [name, reason] of map) {
      const known = reasons.get(name);
      reasons.set(name, known ? `${known}; ${reason}` : reason);
    }
  }
  const living = composeKept(pruned.kept, live.kept);
  // Groups of columns have a multiplier in common, so columns stay.
  const moves = recipe.coder === "auto" &&
    given.nodes.every(({ name }) => recipeFor(recipe, name).group === 0);
  const ordered = moves ? orderChannels(live.graph) : { graph: live.graph, kept: new Map() };
  const kept = composeKept(living, ordered.kept);
  const { graph: whole, recovery } = quantized;
  return { graph: ordered.graph, whole, float: core, kept, reasons, recipe, recovery };
}

/**
 * Quantizes layer by layer: what computes in integers first, then the weights of the rest. int8
 * weights alone need no samples; where there are some, biases are corrected.
 */
async function quantizeByRecipe(
  core: CoreGraph,
  samples: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<Pick<Compressed, "graph" | "reasons" | "recovery">> {
  const names = core.nodes.map(({ name }) => name);
  const layers = names.map((name) => recipeFor(recipe, name));
  const integer = layers.some(({ activations }) => activations === "int8");
  const onSample = (done: number, total: number) => progress("calibrate", done, total);
  const seen = await observe(core, samples, recipe, integer, layers, onSample);
  const options = { recipe, meanPatches: seen?.meanPatches };
  const computed = integer && seen
    ? quantize(core, seen.ranges, options)
    : { graph: core, reasons: new Map<string, string>() };
  const stored = quantizeWeightsOnly(computed.graph, options);
  const rounded = await recover(core, stored.graph, samples, recipe, progress);
  const recovered = await reconstruct(core, rounded, samples, recipe, progress);
  const onEpoch = (done: number, total: number) => progress("distill", done, total);
  const { graph, layers: recovery } = await distillBiases(
    core,
    recovered,
    samples,
    recipe,
    onEpoch,
  );
  const reasons = new Map([...stored.reasons, ...computed.reasons]);
  return { graph: toFloat16(graph, recipe), reasons, recovery };
}

/** Calibrates with as many samples as the recipe needs; null where it needs none. */
function observe(
  core: CoreGraph,
  { calibration }: Samples,
  recipe: Recipe,
  integer: boolean,
  layers: readonly LayerSettings[],
  onSample: (done: number, total: number) => void,
): Promise<Calibration> | null {
  const corrects = layers.some(({ weights, biasCorrection }) =>
    biasCorrection && !isFloat(weights)
  );
  if (!integer && !(calibration && corrects)) return null;
  if (!calibration) {
    throw new KedgeError({
      code: "data/missing",
      message: "Quantizing to int8: there are no samples to calibrate with",
      wanted: "samples of what the model will see, labelled or not",
      hint: "give --data (or --calibration), or quantize weights alone: --activations float32",
    });
  }
  const indices = calibration.indices.slice(0, integer ? undefined : ENOUGH_FOR_MEANS);
  const onDone = (done: number) => onSample(done, indices.length);
  return calibrateOnce(core, calibration.dataset, indices, recipe, onDone);
}
