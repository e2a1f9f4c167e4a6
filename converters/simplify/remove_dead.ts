/**
 * Drops nodes and tensors that no output depends on.
 * @module
 */
import type { Pass } from "./rewriter.ts";

/** Removes what is not needed. */
export const removeDead: Pass = ({ graph }) => {
  const needed = new Set(graph.outputs);
  const kept = graph.nodes.toReversed().filter(({ inputs, output }) => {
    if (!needed.has(output)) return false;
    inputs.forEach((name) => needed.add(name));
    return true;
  }).reverse();
  const changed = kept.length !== graph.nodes.length;
  graph.nodes = kept;
  graph.inputs.forEach((name) => needed.add(name));
  for (const name of graph.tensors.keys()) if (!needed.has(name)) graph.tensors.delete(name);
  return changed;
};
