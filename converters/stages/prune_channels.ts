/**
 * Makes the dense model smaller: takes out the least important channels and fits what follows again.
 * @module
 */
import { ChannelGraph, removable, removeChannels } from "../channels/mod.ts";
import {
  channelCosts,
  channelImportance,
  type ChannelScorer,
  chooseChannels,
  familiesOf,
  type Moments,
  refitScorer,
} from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { type Recipe, recipeFor } from "../recipe/mod.ts";
import { refitInOrder } from "./refit_in_order.ts";
import type { Samples } from "./samples.ts";
import { sensitivityOf } from "./sensitivity.ts";

/** A graph that has lost something. */
export interface Pruned {
  graph: CoreGraph;
  /** What was done to a node, by its name. */
  reasons: Map<string, string>;
  /** Channels of the given graph that are left, by name of each tensor that lost some. */
  kept: Map<string, number[]>;
}

/**
 * The graph without the share of its channels that the recipe takes out.
 * @param moments of every layer's input columns; only called where they are needed.
 * @param onLayer is told after each layer that was fitted.
 */
export async function pruneChannels(
  core: CoreGraph,
  samples: Samples,
  recipe: Recipe,
  moments: () => Promise<Map<string, Moments>>,
  onLayer: (done: number, total: number) => void,
): Promise<Pruned> {
  const shareOf = (name: string) => recipeFor(recipe, name).pruneChannels;
  const reasons = new Map<string, string>();
  if (core.nodes.every(({ name }) => shareOf(name) === 0)) {
    return { graph: core, kept: new Map(), reasons };
  }
  const channels = new ChannelGraph(core);
  const scorer = await scorerOf(channels, samples, recipe, moments);
  const quotas = familiesOf(channels).map((family) => ({
    family,
    share: Math.min(...family.makers.map(shareOf)),
  }));
  const costs = channelCosts(channels);
  const costOf = (group: number) => costs.get(group) ?? 1;
  const scope = recipe.pruneScope === "layer" ? "layer" : "global";
  const chosen = chooseChannels(quotas, { scorer, costOf, scope });
  const removed = removable(channels, chosen);
  const graph = recipe.refit
    ? await refitInOrder(channels, removed, samples, {
      seed: recipe.seed,
      keepHeldOut: recipe.distill > 0,
      onLayer,
    })
    : core;
  const removal = removeChannels(graph, channels, removed);
  for (const { name, output } of core.nodes) {
    const left = removal.kept.get(output)?.length;
    const all = core.tensors.get(output)!.shape!.at(-1);
    if (left !== undefined && left !== all) {
      reasons.set(name, `pruned from ${all} to ${left} channels`);
    }
  }
  return { ...removal, reasons };
}

/** What the recipe takes as a channel's importance. */
async function scorerOf(
  channels: ChannelGraph,
  samples: Samples,
  { importance, norm, seed }: Recipe,
  moments: () => Promise<Map<string, Moments>>,
): Promise<ChannelScorer> {
  if (importance === "refit") {
    const sensitivity = await sensitivityOf(channels.graph, samples, seed);
    return refitScorer(channels, await moments(), sensitivity);
  }
  const known = importance === "weights" ? new Map<string, Moments>() : await moments();
  const scores = channelImportance(channels, importance, norm, known);
  return { score: (group) => scores.get(group) ?? 0, remove: () => [] };
}
