/**
 * Computes what is computed twice only once.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import type { Pass } from "./rewriter.ts";

/** Nodes with the same operator, inputs and parameters give the same output. */
export const mergeEqual: Pass = (rewriter) => {
  const known = new Map<string, CoreNode>();
  for (const node of rewriter.graph.nodes) {
    const { op, inputs, params, list } = node;
    const bounds = Object.entries(params).map(([key, value]) => `${key}=${value}`);
    const key = [op, ...inputs, rewriter.shape(node.output), ...bounds, ...list].join("\n");
    const earlier = known.get(key);
    if (!earlier) {
      known.set(key, node);
      continue;
    }
    if (rewriter.graph.outputs.includes(node.output)) continue;
    for (const other of rewriter.consumers(node.output)) {
      other.inputs = other.inputs.map((name) => name === node.output ? earlier.output : name);
    }
    rewriter.remove(node);
    return true;
  }
  return false;
};
