/**
 * Bounds of the sums of convolutions and fully connected operators.
 * @module
 */
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import type { Ranges } from "./ranges.ts";
import { tapsOf } from "./taps.ts";
import { channelWeights, eachWeight, kernelOf } from "./weights.ts";

/**
 * bias + Σ w·(x − zero), where x is anything in its range and, where a cell of the window can be on
 * padding, nothing. Float sums are widened by (K + 2)·2⁻²³·Σ|w·x|, more than K rounded additions in
 * any order can be off (Higham 2002, "Accuracy and Stability", §4.2).
 * @returns null where the weights are no constants.
 */
export function sumRanges(graph: CoreGraph, node: CoreNode, input: Ranges): Ranges | null {
  const weights = channelWeights(graph, node);
  if (!weights) return null;
  const { data, channels, steps } = weights;
  const x = graph.tensors.get(node.inputs[0])!;
  const integer = x.dtype === "int8";
  const zero = integer ? x.quantization!.zeroPoint : 0;
  const bias = graph.tensors.get(node.inputs[2] ?? "")?.data;
  const taps = tapsOf(graph, node, kernelOf(weights));
  const low = Float64Array.from({ length: channels }, (_, c) => Number(bias?.[c] ?? 0));
  const high = low.slice();
  const sizes = new Float64Array(channels);
  eachWeight(node, weights, (i, out, channel, tap) => {
    if (data[i] === 0 || !taps[tap].inside) return;
    const w = integer ? data[i] : data[i] * steps[out];
    const ends = [w * (input.low[channel] - zero), w * (input.high[channel] - zero)];
    if (taps[tap].outside) ends.push(0);
    const [least, most] = [Math.min(...ends), Math.max(...ends)];
    low[out] += least;
    high[out] += most;
    sizes[out] += Math.max(-least, most);
  });
  if (integer) return { low, high };
  const rounding = (data.length / channels + 2) * 2 ** -23;
  return {
    low: low.map((value, c) => sizes[c] ? value - rounding * (sizes[c] + Math.abs(value)) : value),
    high: high.map((value, c) =>
      sizes[c] ? value + rounding * (sizes[c] + Math.abs(value)) : value
    ),
  };
}
