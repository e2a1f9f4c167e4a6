/**
 * Cross-layer equalization: channels of two layers in a row get weights of like ranges.
 * @module
 */
import type { CoreGraph } from "../../graph/graph.ts";
import {
  channelPairs,
  inputChannel,
  largestByChannel,
  moveFactors,
  outputChannel,
} from "./channel_scaling.ts";

/** Rounds over all pairs, at most. */
const ROUNDS = 30;
/** Where no factor is farther from 1 than this, it has settled. */
const SETTLED = 1e-3;
/** Channels whose weights are smaller than this share of the layer's largest are left as they are. */
const DEAD = 2 ** -12;

/**
 * Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction",
 * arXiv:1906.04721, §4.1: with rᵢ the largest weight of channel i going out of the first layer and
 * rᵢ′ of the same going into the second, W₁ᵢ/sᵢ and sᵢ·W₂ᵢ with sᵢ = √(rᵢ·rᵢ′)/rᵢ′ have the same
 * range. Pairs in a row are gone over until nothing changes. The float model computes the same.
 * Dead channels are left alone: their biases would grow with them.
 */
export function equalize(graph: CoreGraph): CoreGraph {
  const result = { ...graph, tensors: new Map(graph.tensors) };
  const pairs = channelPairs(graph);
  for (let round = 0, moved = true; moved && round < ROUNDS; round++) {
    moved = false;
    for (const pair of pairs) {
      const channels = graph.tensors.get(pair.first.output)!.shape!.at(-1)!;
      const out = largestByChannel(
        result,
        pair.first,
        outputChannel(result, pair.first),
        channels,
      );
      const into = largestByChannel(
        result,
        pair.second,
        inputChannel(result, pair.second),
        channels,
      );
      const alive = [out, into].map((list) =>
        DEAD * list.reduce((most, value) => Math.max(most, value), 0)
      );
      const factors = out.map((r, c) =>
        r > alive[0] && into[c] > alive[1] ? Math.sqrt(into[c] / r) : 1
      );
      if (factors.every((factor) => Math.abs(factor - 1) < SETTLED)) continue;
      moved = true;
      moveFactors(result, pair, factors);
    }
  }
  return result;
}
