/**
 * Prunes a float graph by the recipe: channels first, then weights.
 * @module
 */
import { type Moments, pruneWeights } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { readPruning, type Recipe, recipeFor } from "../recipe/mod.ts";
import { distill } from "./distill.ts";
import { pruneChannels, type Pruned } from "./prune_channels.ts";
import { pruneInOrder } from "./prune_in_order.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { cachedStatistics, defaultCacheFolder } from "./statistics_cache.ts";

export type { Pruned };

/**
 * Takes out what the recipe says.
 * @throws KedgeError `data/missing` when that needs samples and there are none.
 */
export async function prune(
  core: CoreGraph,
  samples: Samples,
  recipe: Recipe,
  onStep: (done: number, total: number) => void,
): Promise<Pruned> {
  const momentsOf = async (graph: CoreGraph): Promise<Map<string, Moments>> => {
    const { dataset, indices } = calibrationOf(samples);
    const folder = samples.cache === undefined ? defaultCacheFolder() : samples.cache;
    const all = await cachedStatistics(folder, graph, dataset, indices, recipe.seed, onStep);
    return new Map([...all].map(([name, { fit }]) => [name, fit]));
  };
  const smaller = await pruneChannels(core, samples, recipe, () => momentsOf(core), onStep);
  const sparser = await zeroWeights(smaller, samples, recipe, momentsOf);
  return await distill(core, sparser, samples, recipe, onStep);
}

/** Makes those weights zero that the recipe says. */
async function zeroWeights(
  given: Pruned,
  samples: Samples,
  recipe: Recipe,
  momentsOf: (graph: CoreGraph) => Promise<Map<string, Moments>>,
): Promise<Pruned> {
  const plans = new Map(given.graph.nodes.flatMap(({ name }) => {
    const plan = readPruning(recipeFor(recipe, name).prune);
    return plan ? [[name, plan]] : [];
  }));
  if (!plans.size) return given;
  const looks = [...plans.values()].some(({ score }) => score !== "magnitude");
  const moments = looks ? await momentsOf(given.graph) : new Map<string, Moments>();
  const { pruneScope: scope, norm } = recipe;
  const { graph: once, reasons } = pruneWeights(given.graph, { plans, scope, norm, moments });
  const graph = await pruneInOrder(given.graph, once, plans, samples, recipe.seed);
  for (const [name, reason] of given.reasons) {
    const known = reasons.get(name);
    reasons.set(name, known ? `${reason}; ${known}` : reason);
  }
  return { graph, kept: given.kept, reasons };
}
