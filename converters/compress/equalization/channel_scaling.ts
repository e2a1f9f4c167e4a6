/**
 * Moving factors of channels from one layer to the next: y·f in one, /f in the other.
 * @module
 */
import { type CoreGraph, type CoreNode, sizeOf, type Tensor } from "../../graph/graph.ts";
import { weightsOf } from "../weighted.ts";

/** A layer and the only one that takes its output. */
export interface ChannelPair {
  first: CoreNode;
  second: CoreNode;
}

/**
 * All pairs of layers between which factors can move: only the second takes the first one's output,
 * between them is nothing but a ReLU, f·max(0, x) = max(0, f·x) for f > 0, and no other node has
 * their weights.
 */
export function channelPairs(graph: CoreGraph): ChannelPair[] {
  const takers = new Map<string, CoreNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) takers.set(name, [...takers.get(name) ?? [], node]);
  }
  const own = (node: CoreNode) =>
    weightsOf(graph, node) !== null &&
    node.inputs.slice(1).every((name) => takers.get(name)!.length === 1);
  return graph.nodes.flatMap((first): ChannelPair[] => {
    const { min, max } = first.params;
    const [second, ...others] = takers.get(first.output) ?? [];
    const fits = second && !others.length && !graph.outputs.includes(first.output) &&
      second.inputs[0] === first.output && own(first) && own(second) &&
      max === Infinity && (min === 0 || min === -Infinity);
    if (!fits) return [];
    const channels = weightsOf(graph, first)!;
    const width = graph.tensors.get(first.output)!.shape!.at(-1);
    return channels.shape[channels.axis] === width ? [{ first, second }] : [];
  });
}

/** Which channel of its input each weight of a node multiplies. */
export function inputChannel(graph: CoreGraph, node: CoreNode): (weight: number) => number {
  const { shape } = weightsOf(graph, node)!;
  const depth = shape[shape.length - 1];
  if (node.op !== "Conv2D") return (i) => i % depth;
  const perGroup = sizeOf(shape) / node.params.groups;
  return (i) => Math.floor(i / perGroup) * depth + i % depth;
}

/** Which channel of its output each weight of a node belongs to. */
export function outputChannel(graph: CoreGraph, node: CoreNode): (weight: number) => number {
  const { shape, axis } = weightsOf(graph, node)!;
  const inner = sizeOf(shape.slice(axis + 1));
  return (i) => Math.floor(i / inner) % shape[axis];
}

/** Largest |weight| by channel. */
export function largestByChannel(
  graph: CoreGraph,
  node: CoreNode,
  channelOf: (weight: number) => number,
  channels: number,
): Float64Array {
  const largest = new Float64Array(channels);
  weightsOf(graph, node)!.data.forEach((value, i) => {
    const c = channelOf(i);
    largest[c] = Math.max(largest[c], Math.abs(value));
  });
  return largest;
}

/**
 * Multiplies the outputs of the first by a factor each, and takes it off the weights of the second.
 * @param factors above 0, one a channel.
 */
export function moveFactors(
  graph: CoreGraph,
  { first, second }: ChannelPair,
  factors: Float64Array,
): void {
  const out = outputChannel(graph, first);
  replace(graph, first.inputs[1], (value, i) => value * factors[out(i)]);
  if (first.inputs[2]) replace(graph, first.inputs[2], (value, c) => value * factors[c]);
  const into = inputChannel(graph, second);
  replace(graph, second.inputs[1], (value, i) => value / factors[into(i)]);
}

/** Gives a constant other values; the graph's tensors are its own. */
function replace(graph: CoreGraph, name: string, value: (old: number, i: number) => number): void {
  const tensor = graph.tensors.get(name) as Tensor & { data: Float32Array };
  graph.tensors.set(name, { ...tensor, data: tensor.data.map(value) });
}
