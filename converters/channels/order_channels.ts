/**
 * Puts channels in the order in which the weights of neighbours are most alike.
 *
 * A layer computes the same whatever the order of its inner channels is, so n! files say the same and
 * one of them says nothing with its order: log₂ n! bits that a coder can save which expects a row to
 * be like the one before. Integer sums stay the same bits in any order.
 * @module
 */
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { ChannelGraph } from "./channel_graph.ts";
import { isSum } from "./links.ts";
import { rearrange, type Removal } from "./remove_channels.ts";
import { shortestPath } from "./shortest_path.ts";
import { type ChannelWeights, channelWeights, kernelOf } from "./weights.ts";

/** Most products of weights that are taken to compare the channels of a set. */
const MOST_PRODUCTS = 2 ** 30;

/** Above this share of zeros in blocks, zeros stand in blocks on purpose. */
const BLOCKS = 0.1;

/** Groups of channels that can change places with each other, and where they lie in each tensor. */
interface Exchangeable {
  readonly names: readonly string[];
  readonly groups: number[];
}

/**
 * A graph whose int8 convolutions of 1×1 and dense layers have similar rows beside each other, or, where
 * no such layer makes the channels, whose depthwise convolutions have similar windows.
 * Channels that a float sum runs over stay, as its rounding depends on their order; those of layers
 * with zeros in a pattern, too.
 */
export function orderChannels(graph: CoreGraph): Removal {
  const channels = new ChannelGraph(graph);
  const fixed = new Set(
    graph.nodes.filter(isSum).flatMap((node) => {
      const [x] = node.inputs;
      const weights = channelWeights(graph, node);
      const moves = graph.tensors.get(x)!.dtype === "int8" && weights && !hasPattern(weights);
      return moves ? [] : [x, node.output];
    }),
  );
  const kept = new Map<string, number[]>();
  for (const { names, groups } of exchangeable(channels)) {
    if (names.some((name) => fixed.has(name))) continue;
    const rows = rowsOf(graph, channels, new Set(names), groups);
    if (!rows[0].length || rows.length ** 2 * rows[0].length > MOST_PRODUCTS) continue;
    const path = shortestPath(distances(rows));
    const instead = new Map(groups.map((group, k) => [group, groups[path[k]]]));
    for (const name of names) {
      const of = channels.groups(name);
      const stay = kept.get(name) ?? [...of.keys()];
      const before = [...stay];
      of.forEach((group, c) => {
        if (instead.has(group)) stay[c] = before[of.indexOf(instead.get(group)!)];
      });
      kept.set(name, stay);
    }
  }
  return { graph: rearrange(graph, kept), kept };
}

/** Whether many blocks of 4 outputs × 2 inputs are zeros, or two of every four weights. */
function hasPattern({ data, channels }: ChannelWeights): boolean {
  const length = data.length / channels;
  let blocks = 0;
  let empty = 0;
  for (let o = 0; o + 4 <= channels; o += 4) {
    for (let c = 0; c + 2 <= length; c += 2) {
      blocks++;
      let zeros = 0;
      for (let k = 0; k < 8; k++) zeros += Number(!data[(o + (k & 3)) * length + c + (k >> 2)]);
      empty += Number(zeros === 8);
    }
  }
  if (empty > BLOCKS * blocks) return true;
  for (let i = 0; i + 4 <= data.length; i += 4) {
    let zeros = 0;
    for (let k = 0; k < 4; k++) zeros += Number(!data[i + k]);
    if (zeros < 2) return false;
  }
  return true;
}

/**
 * Sets of groups that lie in the same tensors, with one channel in each: what ties one of them ties
 * the others alike.
 */
function exchangeable(channels: ChannelGraph): Exchangeable[] {
  const places = new Map<number, string[]>();
  for (const name of channels.names()) {
    for (const group of channels.groups(name)) {
      const known = places.get(group);
      if (known) known.push(name);
      else places.set(group, [name]);
    }
  }
  const sets = new Map<string, Exchangeable>();
  for (const [group, names] of places) {
    if (channels.isPinned(group) || new Set(names).size < names.length) continue;
    const key = JSON.stringify(names);
    const known = sets.get(key);
    if (known) known.groups.push(group);
    else sets.set(key, { names, groups: [group] });
  }
  return [...sets.values()].filter(({ groups }) => groups.length > 2);
}

/** For each group the weights that make its channels, less the mean of all groups, of length 1. */
function rowsOf(
  graph: CoreGraph,
  channels: ChannelGraph,
  names: ReadonlySet<string>,
  groups: readonly number[],
): Float64Array[] {
  const made = graph.nodes.filter(({ output }) => names.has(output));
  const parts = (wanted: (node: CoreNode, weights: ChannelWeights) => boolean) =>
    made.flatMap((node) => {
      const weights = channelWeights(graph, node);
      if (!(weights?.data instanceof Int8Array) || !wanted(node, weights)) return [];
      const of = channels.groups(node.output);
      return [groups.map((group) => weightsOf(weights, of.indexOf(group)))];
    });
  const dense = parts((node, weights) => isSum(node) && kernelOf(weights).every((k) => k === 1));
  const used = dense.length ? dense : parts(({ op }) => op === "DepthwiseConv2D");
  const rows = groups.map((_, k) => Float64Array.from(used.flatMap((part) => [...part[k]])));
  for (let c = 0; c < rows[0].length; c++) {
    const mean = rows.reduce((sum, row) => sum + row[c], 0) / rows.length;
    rows.forEach((row) => row[c] -= mean);
  }
  return rows.map((row) => {
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    return row.map((value) => value / length);
  });
}

/** Weights of one output channel. */
function weightsOf({ data, axis, channels }: ChannelWeights, channel: number) {
  const depth = data.length / channels;
  return axis === 2
    ? data.filter((_, i) => i % channels === channel)
    : data.subarray(channel * depth, (channel + 1) * depth);
}

/** How little rows are alike: 1 less their cosine. */
function distances(rows: readonly Float64Array[]): Float64Array[] {
  const found = rows.map(() => new Float64Array(rows.length));
  rows.forEach((a, i) => {
    for (let j = 0; j < i; j++) {
      const b = rows[j];
      let cosine = 0;
      for (let c = 0; c < a.length; c++) cosine += a[c] * b[c];
      found[i][j] = found[j][i] = 1 - cosine;
    }
  });
  return found;
}
