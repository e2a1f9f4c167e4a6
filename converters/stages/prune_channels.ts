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
  columnLayout,
  familiesOf,
  maskRows,
  mergeMoments,
  type Moments,
  outputError,
  refit,
  refitScorer,
  rowsOf,
  withRows,
} from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { type Recipe, recipeFor } from "../recipe/mod.ts";
import { spreadOver } from "./affordable_samples.ts";
import { NodeRunner } from "./node_runner.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { sensitivityOf } from "./sensitivity.ts";
import { LayerObserver, STATISTICS_SAMPLES } from "./statistics.ts";

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
  const costs = channelCosts(channels);
  const quotas = familiesOf(channels).map((family) => ({
    family,
    share: Math.min(...family.makers.map(shareOf)),
  }));
  const costOf = (group: number) => costs.get(group) ?? 1;
  const scope = recipe.pruneScope === "layer" ? "layer" : "global";
  const chosen = chooseChannels(quotas, { scorer, costOf, scope });
  const removed = removable(channels, chosen);
  const graph = recipe.refit
    ? await refitInOrder(channels, removed, samples, recipe.seed, onLayer)
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

/**
 * Fits every layer behind a removed channel, first to last, each to what the float layer gives, where
 * that errs less on held-out samples; then to these as well.
 */
async function refitInOrder(
  channels: ChannelGraph,
  removed: ReadonlySet<number>,
  samples: Samples,
  seed: number,
  onLayer: (done: number, total: number) => void,
): Promise<CoreGraph> {
  const core = channels.graph;
  const { dataset, indices: all } = calibrationOf(samples);
  const indices = spreadOver(all, STATISTICS_SAMPLES);
  const inputs = await Promise.all(indices.map((index) => dataset.inputs(index)));
  const graph = { ...core };
  const [float, pruned] = [new NodeRunner(core, inputs), new NodeRunner(graph, inputs)];
  const layers = layersBehind(channels, removed);
  for (const [done, node] of layers.entries()) {
    await float.runUpTo(node.name);
    await pruned.runUpTo(node.name);
    const observer = new LayerObserver(core, node, indices.length, seed, true);
    const [x] = node.inputs;
    for (const i of indices.keys()) {
      const values = pruned.values(x, i);
      observer.add(i, float.values(x, i) as Float32Array, { values, quantization: null });
    }
    const { fit, held } = observer.finish();
    const stays = columnsThatStay(channels, node, removed);
    const rows = rowsOf(core, node);
    const plain = maskRows(rows, fit, stays);
    const fitted = refit(rows, fit, stays);
    const [before, after] = [plain, fitted].map((made) => outputError(rows, made, held));
    const better = before === null || after === null || after < before;
    const whole = better ? refit(rows, mergeMoments(fit, held), stays) : plain;
    Object.assign(graph, withRows(graph, node, whole));
    onLayer(done + 1, layers.length);
  }
  return graph;
}

/** Layers whose input differs from the float model's once the channels are gone. */
function layersBehind(channels: ChannelGraph, removed: ReadonlySet<number>): CoreNode[] {
  const { graph } = channels;
  const changed = new Set<string>();
  return graph.nodes.filter((node) => {
    const isLayer = columnLayout(graph, node) !== null;
    const cut = isLayer && channels.groups(node.inputs[0]).some((group) => removed.has(group));
    if (!cut && !node.inputs.some((name) => changed.has(name))) return false;
    changed.add(node.output);
    return isLayer;
  });
}

/** Which columns of a layer's input, [blocks · depth], belong to channels that stay. */
function columnsThatStay(
  channels: ChannelGraph,
  node: CoreNode,
  removed: ReadonlySet<number>,
): boolean[] {
  const groups = channels.groups(node.inputs[0]);
  const { blocks, depth } = columnLayout(channels.graph, node)!;
  const inner = groups.length / blocks;
  return Array.from({ length: blocks * depth }, (_, i) => {
    const channel = Math.floor(i / depth) * inner + i % depth % inner;
    return !removed.has(groups[channel]);
  });
}
