/**
 * Channels between two layers get values of like ranges.
 * @module
 */
import type { CoreGraph } from "../../graph/graph.ts";
import { type ChannelPair, moveFactors } from "./channel_scaling.ts";

/** Largest factor: channels that are hardly ever used are not made as large as the others. */
const LARGEST = 8;

/**
 * All channels of an activation share one step, which the largest of them decides; weights have a
 * step for each channel that they make. So factors move from small channels' inputs to weights: with
 * rᵢ the largest |value| of channel i, values are multiplied by min(8, √(max r / rᵢ)) and the next
 * layer's weights divided by it. That is SmoothQuant's migration in the middle, α = ½, by activations
 * alone (Xiao et al. 2022, arXiv:2211.10438, §4). The float model computes the same.
 * @param pairs where factors move.
 * @param largest rᵢ by the name of the tensor between them.
 */
export function evenActivations(
  graph: CoreGraph,
  pairs: readonly ChannelPair[],
  largest: ReadonlyMap<string, Float64Array>,
): CoreGraph {
  const result = { ...graph, tensors: new Map(graph.tensors) };
  for (const pair of pairs) {
    const ranges = largest.get(pair.first.output)!;
    const most = ranges.reduce((a, b) => Math.max(a, b), 0);
    // A channel that was never used stays as it is.
    const factors = ranges.map((range) => range ? Math.min(LARGEST, Math.sqrt(most / range)) : 1);
    moveFactors(result, pair, factors);
  }
  return result;
}
