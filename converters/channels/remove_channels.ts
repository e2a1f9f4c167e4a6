/**
 * Takes groups of channels out of a graph.
 * @module
 */
import type { CoreGraph, CoreNode, Quantization, Tensor } from "../graph/graph.ts";
import { sizeOf } from "../graph/graph.ts";
import type { ChannelGraph } from "./channel_graph.ts";
import { addConstant, withoutUnused } from "./constants.ts";
import { channelsOf } from "./links.ts";

/** A graph with fewer channels, or others in their places. */
export interface Removal {
  graph: CoreGraph;
  /** Channels that are left, in order, by name of each tensor that changed. */
  kept: Map<string, number[]>;
}

/** Channels that are left after one removal and then another. */
export function composeKept(
  first: ReadonlyMap<string, number[]>,
  second: ReadonlyMap<string, number[]>,
): Map<string, number[]> {
  const kept = new Map(first);
  for (const [name, stay] of second) {
    const before = first.get(name);
    kept.set(name, before ? stay.map((c) => before[c]) : stay);
  }
  return kept;
}

/**
 * Those of the given groups that can go: no pinned ones, and no tensor loses its last channel; its
 * first one stays, with its group.
 */
export function removable(channels: ChannelGraph, groups: Iterable<number>): Set<number> {
  const removed = new Set([...groups].filter((group) => !channels.isPinned(group)));
  let changed = true;
  while (changed) {
    changed = false;
    for (const name of channels.names()) {
      const of = channels.groups(name);
      if (!of.length || of.some((group) => !removed.has(group))) continue;
      removed.delete(of[0]);
      changed = true;
    }
  }
  return removed;
}

/**
 * A graph without groups of channels that can go: weights, biases, constants and shapes are cut,
 * nothing else changes.
 * @param channels of the graph, or of one that differs in values only.
 */
export function removeChannels(
  graph: CoreGraph,
  channels: ChannelGraph,
  removed: ReadonlySet<number>,
): Removal {
  const kept = new Map<string, number[]>();
  for (const name of channels.names()) {
    const of = channels.groups(name);
    const stay = [...of.keys()].filter((c) => !removed.has(of[c]));
    if (stay.length < of.length) kept.set(name, stay);
  }
  return { graph: rearrange(graph, kept), kept };
}

/**
 * A graph with just these channels, in this order.
 * @param kept channels by name of each tensor whose channels change, such that what is tied stays so.
 */
export function rearrange(graph: CoreGraph, kept: ReadonlyMap<string, number[]>): CoreGraph {
  if (!kept.size) return graph;
  const cutter = new Cutter(graph, kept);
  const nodes = graph.nodes.map((node) => cutter.cutNode(node));
  return withoutUnused({ ...graph, nodes, tensors: cutter.tensors });
}

class Cutter {
  readonly tensors: Map<string, Tensor>;
  /** Names of cut weights by what they were cut from and how. */
  readonly #cuts = new Map<string, string>();

  constructor(readonly graph: CoreGraph, readonly kept: ReadonlyMap<string, number[]>) {
    this.tensors = new Map(graph.tensors);
    for (const [name, stay] of kept) {
      const tensor = graph.tensors.get(name)!;
      this.tensors.set(name, takeAlong(tensor, tensor.shape!.length - 1, stay));
    }
  }

  cutNode(node: CoreNode): CoreNode {
    const [x, w, bias] = node.inputs;
    const into = this.kept.get(x);
    const out = this.kept.get(node.output);
    const cutBias = () => bias ? [this.#cut(bias, [[0, out]])] : [];
    switch (node.op) {
      case "Conv2D":
      case "FullyConnected": {
        const each = channelsOf(this.graph, x) / (node.params.groups ?? 1);
        const last = this.graph.tensors.get(w)!.shape!.length - 1;
        const inner = into?.filter((c) => c < each);
        return { ...node, inputs: [x, this.#cut(w, [[last, inner], [0, out]]), ...cutBias()] };
      }
      case "DepthwiseConv2D":
        return { ...node, inputs: [x, this.#cut(w, [[2, out]]), ...cutBias()] };
      case "Slice":
        return { ...node, list: moveBegin(node.list, node.list.length / 2 - 1, into) };
      case "Pad":
        return { ...node, list: moveBegin(node.list, node.list.length - 1, out) };
      default:
        return node;
    }
  }

  /** A constant cut along some axes; the same cut of the same constant is made once. */
  #cut(name: string, cuts: [axis: number, stay: number[] | undefined][]): string {
    if (cuts.every(([, stay]) => !stay)) return name;
    const key = [name, ...cuts.map(([axis, stay]) => `${axis}:${stay ?? "all"}`)].join(" ");
    const known = this.#cuts.get(key);
    if (known) return known;
    const tensor = cuts.reduce(
      (rest, [axis, stay]) => stay ? takeAlong(rest, axis, stay) : rest,
      this.graph.tensors.get(name)!,
    );
    const made = addConstant(this.tensors, tensor);
    this.#cuts.set(key, made);
    return made;
  }
}

/** Channels before `list[at]` are fewer now. */
function moveBegin(list: readonly number[], at: number, stay: number[] | undefined): number[] {
  return stay ? list.with(at, stay.filter((c) => c < list[at]).length) : [...list];
}

/** The given places of a tensor along one axis. */
export function takeAlong(tensor: Tensor, axis: number, places: readonly number[]): Tensor {
  const shape = tensor.shape!.with(axis, places.length);
  const made: Tensor = { ...tensor, shape };
  if (tensor.quantization) made.quantization = takeScales(tensor.quantization, axis, places);
  const { data } = tensor;
  if (!data) return made;
  const inner = sizeOf(shape.slice(axis + 1));
  const length = tensor.shape![axis];
  const outer = sizeOf(shape.slice(0, axis));
  const taken = data.slice(0, sizeOf(shape));
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const place of places) {
      const from = (o * length + place) * inner;
      for (let i = 0; i < inner; i++) taken[to++] = data[from + i];
    }
  }
  return { ...made, data: taken };
}

function takeScales(
  quantization: Quantization,
  axis: number,
  places: readonly number[],
): Quantization {
  const { channelScales } = quantization;
  if (!channelScales || quantization.axis !== axis) return quantization;
  return { ...quantization, channelScales: Uint16Array.from(places, (c) => channelScales[c]) };
}
