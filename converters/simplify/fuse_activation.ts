/**
 * Puts relu and clip into the bounds of the operator before.
 * @module
 */
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import type { Pass } from "./rewriter.ts";

const BOUNDED = new Set(
  ["Conv2D", "DepthwiseConv2D", "FullyConnected", "Add", "Mul", "AveragePool2D", "MaxPool2D"],
);

/** clamp(clamp(x, m, M), low, high) = clamp(x, clamp(m, low, high), clamp(M, low, high)). */
export const fuseActivation: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op !== "Unary") continue;
    const kind = UNARY_KINDS[node.params.kind];
    if (kind !== "relu" && kind !== "clip") continue;
    const maker = rewriter.producer(node.inputs[0]);
    if (!maker || !BOUNDED.has(maker.op) || !rewriter.isPrivate(node.inputs[0])) continue;
    const [low, high] = kind === "relu"
      ? [0, Infinity]
      : [node.params.alpha, node.params.beta].map(Math.fround);
    const clamp = (x: number) => Math.min(Math.max(x, low), high);
    const { min, max } = maker.params;
    maker.params = { ...maker.params, min: clamp(min), max: clamp(max) };
    rewriter.absorb(maker, node);
    return true;
  }
  return false;
};
