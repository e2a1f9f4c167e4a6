/**
 * Removes operators that do nothing, and merges Reshape chains.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import type { Pass, Rewriter } from "./rewriter.ts";

/** Reshape to the same shape, Slice of everything, Pad of nothing, Reshape of Reshape. */
export const removeNoOps: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (doesNothing(rewriter, node) && rewriter.bypass(node)) return true;
    if (node.op !== "Reshape") continue;
    const before = rewriter.producer(node.inputs[0]);
    if (before?.op === "Reshape") {
      node.inputs = [...before.inputs];
      return true;
    }
  }
  return false;
};

function doesNothing(rewriter: Rewriter, { op, inputs, output, params }: CoreNode): boolean {
  const same = rewriter.shape(inputs[0]).join() === rewriter.shape(output).join();
  switch (op) {
    case "Reshape":
    case "Pad":
      return same;
    case "Slice":
      return same &&
        rewriter.graph.nodes.some((node) =>
          node.output === output &&
          node.list.slice(node.list.length / 2).every((step) => step === 1)
        );
    case "Concat":
      return inputs.length === 1;
    case "AveragePool2D":
    case "MaxPool2D":
      return same && params.kernelH === 1 && params.kernelW === 1 &&
        params.min === -Infinity && params.max === Infinity && !(params.padTop + params.padLeft);
    default:
      return false;
  }
}
