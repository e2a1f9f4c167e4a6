/**
 * Moves factors between layers where the recipe says so.
 * @module
 */
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import {
  absorbBiases,
  absorbSteps,
  channelPairs,
  equalize,
  gridOf,
  quantize,
  quantizeWeightsOnly,
  roundWeights,
  weightsOf,
} from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { isFloat, type Recipe, recipeFor } from "../recipe/mod.ts";
import { calibrate, packPlain } from "./calibrate.ts";
import { channelSpreads } from "./channel_spreads.ts";
import type { Progress } from "./options.ts";
import type { Samples } from "./samples.ts";

/** Samples that ranges are taken from when both forms are compared. */
const RANGED = 32;
/** Samples that they are compared on, others where there are enough. */
const COMPARED = 16;

/** Equalized graphs, so that the same graph is made once. */
const KNOWN = new WeakMap<CoreGraph, Map<string, Promise<CoreGraph>>>();

/**
 * The float graph that is to be quantized: it computes the same, with channels scaled otherwise. For
 * scales that are powers of two, what is left of every step is then moved into the next layer.
 */
export async function equalizeByRecipe(
  core: CoreGraph,
  samples: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<CoreGraph> {
  if (!balancesWeights(recipe) && recipe.scales === "any") return core;
  const known = KNOWN.get(core) ?? new Map<string, Promise<CoreGraph>>();
  KNOWN.set(core, known);
  const key = JSON.stringify([recipe, samples.calibration?.indices]);
  const made = known.get(key) ?? make(core, samples, recipe, progress);
  known.set(key, made);
  return await made;
}

function balancesWeights({ equalize }: Recipe): boolean {
  return equalize === "on" || equalize === "auto";
}

async function make(
  core: CoreGraph,
  samples: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<CoreGraph> {
  const chosen = await choose(core, samples, recipe, progress);
  if (recipe.scales === "any") return chosen;
  return absorbSteps(chosen, (graph, node) => stepsOf(graph, node, recipe));
}

/**
 * Of the graph as it is, equalized, and with high biases absorbed besides, the one whose quantized
 * outputs err least; the last one where the recipe asks for it anyway.
 */
async function choose(
  core: CoreGraph,
  { calibration }: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<CoreGraph> {
  const pairs = channelPairs(core);
  if (!balancesWeights(recipe) || !pairs.length) return core;
  const even = equalize(core);
  if (!calibration) return even;
  const { dataset, indices } = calibration;
  const ranged = indices.slice(0, RANGED);
  const between = new Set(pairs.map(({ first }) => first.output));
  const seen = await Promise.all(ranged.map((sample) => dataset.inputs(sample)));
  const absorbed = absorbBiases(even, await channelSpreads(even, between, seen));
  if (recipe.equalize === "on") return absorbed;
  const compared = (indices.length > RANGED ? indices.slice(RANGED) : indices).slice(0, COMPARED);
  const inputs = await Promise.all(compared.map((sample) => dataset.inputs(sample)));
  const wanted = await answers(core, inputs);
  const graphs = [...new Set([core, even, absorbed])];
  const errors: number[] = [];
  for (const [i, graph] of graphs.entries()) {
    const { ranges, meanPatches } = await calibrate(graph, dataset, ranged, recipe, () => {});
    const options = { recipe, meanPatches };
    const integers = quantize(graph, ranges, options).graph;
    errors.push(
      distance(await answers(quantizeWeightsOnly(integers, options).graph, inputs), wanted),
    );
    progress("equalize", i + 1, graphs.length);
  }
  return graphs[errors.indexOf(Math.min(...errors))];
}

/** The steps of a layer's weights as plain rounding would have them. */
function stepsOf(graph: CoreGraph, node: CoreNode, recipe: Recipe): ArrayLike<number> | null {
  const settings = recipeFor(recipe, node.name);
  if (isFloat(settings.weights)) return null;
  const weights = weightsOf(graph, node)!;
  const floors = new Float64Array(weights.shape[weights.axis]);
  return roundWeights(weights, gridOf(settings, node.op), floors).scales;
}

/** All outputs of every sample. */
async function answers(
  graph: CoreGraph,
  inputs: readonly (readonly Float32Array[])[],
): Promise<Float32Array[]> {
  const loaded = await load(await packPlain(graph));
  return inputs.flatMap((values) => {
    const named = Object.fromEntries(graph.inputs.map((name, at) => [name, values[at]]));
    return Object.values(run(loaded, named)).map((output) => Float32Array.from(output));
  });
}

function distance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let sum = 0;
  a.forEach((values, i) => values.forEach((value, k) => sum += (value - b[i][k]) ** 2));
  return sum;
}
