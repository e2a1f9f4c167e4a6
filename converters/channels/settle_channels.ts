/**
 * Weights of constant output channels become zeros.
 * @module
 */
import type { CoreGraph, Tensor } from "../graph/graph.ts";
import { addConstant, biasTensor } from "./constants.ts";
import type { ChannelRanges } from "./ranges.ts";
import { sumRanges } from "./sum_ranges.ts";
import { channelOf, channelWeights } from "./weights.ts";

/**
 * A channel whose output has one value gives it with zero weights too, beside a bias that its sum
 * could have been. So what feeds it is not needed, and zeros cost next to nothing in the file.
 */
export function settleChannels(graph: CoreGraph, ranges: ChannelRanges): CoreGraph {
  const tensors = new Map<string, Tensor>(graph.tensors);
  const takers = new Map<string, number>();
  for (const name of graph.nodes.flatMap(({ inputs }) => inputs)) {
    takers.set(name, (takers.get(name) ?? 0) + 1);
  }
  const nodes = graph.nodes.map((node) => {
    const [x, w, bias] = node.inputs;
    const weights = channelWeights(graph, node);
    if (!weights || takers.get(w)! > 1) return node;
    const constant = Array.from(
      { length: weights.channels },
      (_, c) => ranges.constant(node.output, c) !== null,
    );
    const isWaste = (value: number, i: number) => value !== 0 && constant[channelOf(weights, i)];
    if (!constant.includes(true) || !weights.data.some(isWaste)) return node;
    const data = weights.data.map((value, i) => isWaste(value, i) ? 0 : value);
    const { low, high } = sumRanges(graph, node, ranges.of(x))!;
    const old = graph.tensors.get(bias ?? "")?.data;
    const integer = graph.tensors.get(x)!.dtype === "int8";
    const sums = low.map((least, c) => {
      const value = Number(old?.[c] ?? 0);
      return constant[c] ? Math.min(Math.max(value, least), high[c]) : value;
    });
    // A bias of another size might leave too little room in the accumulator.
    const room = 2 ** 31 - 1 - (data.length / weights.channels) * 128 * 255;
    if (integer && sums.some((value) => Math.abs(value) > room)) return node;
    const inputs = [x, addConstant(tensors, { ...weights.tensor, data })];
    if (bias || sums.some((value) => value !== 0)) {
      inputs.push(addConstant(tensors, biasTensor(bias ?? `${node.output}/bias`, integer, sums)));
    }
    return { ...node, inputs };
  });
  return { ...graph, nodes, tensors };
}
