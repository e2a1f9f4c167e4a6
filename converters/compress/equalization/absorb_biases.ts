/**
 * High biases move on: what a channel always has at least becomes part of the next layer's bias.
 * @module
 */
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import { weightsOf } from "../weighted.ts";
import { channelPairs, inputChannel, outputChannel } from "./channel_scaling.ts";

/** A tensor's channels over the calibration samples. */
export interface ChannelSpread {
  mean: Float64Array;
  /** Standard deviations. */
  deviation: Float64Array;
}

/** So many standard deviations below its mean a channel hardly ever comes. */
const DEVIATIONS = 3;

/**
 * Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction",
 * arXiv:1906.04721, §4.1.3, with what calibration data show of a layer's outputs in place of batch
 * normalization's β and γ:
 *
 *   c = max(0, μ − 3σ),  b₁ ← b₁ − c,  b₂ ← b₂ + W₂·c
 *
 * as relu(W₁x + b₁ − c) = relu(W₁x + b₁) − c wherever the output is at least c. The range of what lies
 * between them gets smaller. A next layer that pads is left alone: there the zeros of the border
 * would become −c.
 * @param spreads of the outputs, by the tensor's name; pairs without one stay as they are.
 * @returns the same graph where nothing can move.
 */
export function absorbBiases(
  graph: CoreGraph,
  spreads: ReadonlyMap<string, ChannelSpread>,
): CoreGraph {
  const result = { ...graph, nodes: [...graph.nodes], tensors: new Map(graph.tensors) };
  let moved = false;
  for (const { first, second } of channelPairs(graph)) {
    const spread = spreads.get(first.output);
    if (!spread || pads(second)) continue;
    const least = spread.mean.map((mean, c) =>
      Math.max(0, mean - DEVIATIONS * spread.deviation[c])
    );
    if (least.every((value) => value === 0)) continue;
    moved = true;
    const { data, shape, axis } = weightsOf(graph, second)!;
    const [into, out] = [inputChannel(graph, second), outputChannel(graph, second)];
    const shift = new Float64Array(shape[axis]);
    data.forEach((w, i) => shift[out(i)] += w * least[into(i)]);
    addToBias(result, first.name, least.map((value) => -value));
    addToBias(result, second.name, shift);
  }
  return moved ? result : graph;
}

function pads({ params }: CoreNode): boolean {
  const { padTop = 0, padLeft = 0, padBottom = 0, padRight = 0 } = params;
  return padTop + padLeft + padBottom + padRight > 0;
}

/** Adds to the bias of a node, which gets one where it has none; graph and nodes are its own. */
function addToBias(graph: CoreGraph, name: string, shift: Float64Array): void {
  const at = graph.nodes.findIndex((node) => node.name === name);
  const node = graph.nodes[at];
  const [x, w, bias = `${node.output}/bias`] = node.inputs;
  const known = graph.tensors.get(bias)?.data;
  const data = Float32Array.from(shift, (value, c) => Number(known?.[c] ?? 0) + value);
  graph.tensors.set(bias, { name: bias, dtype: "float32", shape: [data.length], data });
  graph.nodes[at] = { ...node, inputs: [x, w, bias] };
}
