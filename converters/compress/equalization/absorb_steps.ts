/**
 * Powers of two as steps of weights, at next to no loss.
 * @module
 */
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import { channelPairs, moveFactors } from "./channel_scaling.ts";

/**
 * Makes the step that every channel would have a power of two, the nearest by ratio, by scaling the
 * channel; the next layer's weights take the remainder up, in the way of cross-layer equalization
 * (equalize.ts), before their own steps are looked at. So every channel has a shift of its own, and
 * a step of 2ⁿ loses nothing. Layers whose output several others take, or that a clamp follows, keep
 * their steps and lose what rounding these costs.
 * @param stepsOf the steps that a layer of the graph would have, or null where it has none.
 */
export function absorbSteps(
  graph: CoreGraph,
  stepsOf: (graph: CoreGraph, node: CoreNode) => ArrayLike<number> | null,
): CoreGraph {
  const result = { ...graph, tensors: new Map(graph.tensors) };
  for (const pair of channelPairs(graph)) {
    const steps = stepsOf(result, pair.first);
    if (!steps) continue;
    const factors = Float64Array.from(steps, (step) => 2 ** Math.round(Math.log2(step)) / step);
    moveFactors(result, pair, factors);
  }
  return result;
}
