/**
 * What constant channels add to sums, put into biases: b'ₒ = bₒ + Σ wₒ꜀·(v꜀ − zero).
 * @module
 */
import type { CoreGraph, Tensor } from "../graph/graph.ts";
import type { ChannelGraph } from "./channel_graph.ts";
import { addConstant, biasTensor } from "./constants.ts";
import { isSum } from "./links.ts";
import type { ChannelRanges } from "./ranges.ts";
import { channelWeights, eachWeight } from "./weights.ts";

/**
 * The graph with the shares of all removed channels in the biases of the sums that took them. Their
 * weights stay until the channels are cut. An integer bias keeps its room: every folded product is
 * one that the accumulator had to hold before.
 */
export function foldChannels(
  channels: ChannelGraph,
  removed: ReadonlySet<number>,
  ranges: ChannelRanges,
): CoreGraph {
  const { graph } = channels;
  const tensors = new Map<string, Tensor>(graph.tensors);
  const nodes = graph.nodes.map((node) => {
    const [x, w, bias] = node.inputs;
    if (!isSum(node)) return node;
    const weights = channelWeights(graph, node);
    const { dtype, quantization } = graph.tensors.get(x)!;
    const integer = dtype === "int8";
    const zero = quantization?.zeroPoint ?? 0;
    const shares = Array.from(
      channels.groups(x),
      (group, c) => removed.has(group) ? (ranges.constant(x, c) ?? zero) - zero : 0,
    );
    if (!weights || shares.every((share) => share === 0)) return node;
    const old = graph.tensors.get(bias ?? "")?.data;
    const sums = Float64Array.from({ length: weights.channels }, (_, o) => Number(old?.[o] ?? 0));
    eachWeight(node, weights, (i, out, channel) => {
      sums[out] += weights.data[i] * (integer ? 1 : weights.steps[out]) * shares[channel];
    });
    const name = addConstant(tensors, biasTensor(bias ?? `${node.output}/bias`, integer, sums));
    return { ...node, inputs: [x, w, name] };
  });
  return { ...graph, nodes, tensors };
}
