/**
 * Drops what no output needs.
 * @module
 */
import type { SourceGraph } from "../graph/graph.ts";

/** The graph without nodes and tensors that its outputs do not depend on. Inputs all stay. */
export function prune(graph: SourceGraph): SourceGraph {
  const needed = new Set(graph.outputs);
  const nodes = graph.nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => needed.has(name))) return false;
    for (const name of inputs) if (name !== "") needed.add(name);
    return true;
  }).reverse();
  for (const name of graph.inputs) needed.add(name);
  for (const { outputs } of nodes) {
    for (const name of outputs) if (name !== "") needed.add(name);
  }
  const tensors = new Map(
    [...graph.tensors].filter(([name]) => needed.has(name)),
  );
  return { ...graph, nodes, tensors };
}
