/**
 * Dead and constant channels removed to a fixed point. Nothing is lost: integer graphs give the same
 * bits, float graphs differ by no more than the rounding of folded constants.
 *
 * A channel whose value is the same whatever the model is given needs no computing. Its share of the
 * sums that follow goes into their biases, b'ₒ = bₒ + Σ wₒ꜀·(v − zero), unless padding makes that
 * share differ at the borders; then it stays, but its own weights become 0. A channel that meets
 * nothing but zero weights needs no computing either. Both ends make more such channels.
 * (METHODS.md §1.1; the constants are found by interval arithmetic, ranges.ts.)
 * @module
 */
import type { CoreGraph } from "../graph/graph.ts";
import { ChannelGraph } from "./channel_graph.ts";
import { withoutUnused } from "./constants.ts";
import { foldChannels } from "./fold_channels.ts";
import { isSum } from "./links.ts";
import { ChannelRanges } from "./ranges.ts";
import { composeKept, removable, removeChannels } from "./remove_channels.ts";
import { settleChannels } from "./settle_channels.ts";
import { tapsOf } from "./taps.ts";
import { channelWeights, eachWeight, kernelOf } from "./weights.ts";

/** A graph without dead channels. */
export interface Elimination {
  graph: CoreGraph;
  /** Channels of the given graph that are left, in order, by name of each tensor that lost some. */
  kept: Map<string, number[]>;
  /** What was left out, by node name. */
  reasons: Map<string, string>;
}

/** Removes what can be removed; a graph without such channels is given back as it was. */
export function eliminateChannels(source: CoreGraph): Elimination {
  let graph = source;
  let kept = new Map<string, number[]>();
  for (;;) {
    const ranges = new ChannelRanges(graph);
    graph = settleChannels(graph, ranges);
    const channels = new ChannelGraph(graph);
    const removed = removable(channels, unneededGroups(channels, ranges));
    const removal = removeChannels(foldChannels(channels, removed, ranges), channels, removed);
    if (!removal.kept.size) break;
    graph = removal.graph;
    kept = composeKept(kept, removal.kept);
  }
  const reasons = new Map<string, string>();
  for (const node of source.nodes) {
    const left = kept.get(node.output)?.length;
    const all = source.tensors.get(node.output)!.shape!.at(-1)!;
    if (left === undefined || !channelWeights(source, node)) continue;
    reasons.set(node.name, `${all - left} of ${all} channels are constant or unused: removed`);
  }
  return { graph: withoutUnused(graph), kept, reasons };
}

/** Groups of which no sum needs a channel: it meets zero weights, or has one value and no border. */
function unneededGroups(channels: ChannelGraph, ranges: ChannelRanges): Set<number> {
  const { graph } = channels;
  const unneeded = new Set<number>();
  for (const name of channels.names()) {
    channels.groups(name).forEach((group) => unneeded.add(group));
  }
  for (const node of graph.nodes) {
    const [x] = node.inputs;
    if (!isSum(node)) continue;
    const groups = channels.groups(x);
    const weights = channelWeights(graph, node);
    if (!weights) {
      groups.forEach((group) => unneeded.delete(group));
      continue;
    }
    const zero = graph.tensors.get(x)!.quantization?.zeroPoint ?? 0;
    const constants = Array.from(groups, (_, c) => ranges.constant(x, c));
    const taps = tapsOf(graph, node, kernelOf(weights));
    eachWeight(node, weights, (i, _, channel, tap) => {
      if (weights.data[i] === 0 || !taps[tap].inside) return;
      const value = constants[channel];
      if (value === null || (value !== zero && taps[tap].outside)) unneeded.delete(groups[channel]);
    });
  }
  return unneeded;
}
