/**
 * Where a graph can be cut into blocks.
 * @module
 */
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import { weightsOf } from "../weighted.ts";

/** Nodes in a row that take one activation from before and give one to what follows. */
export interface Block {
  nodes: CoreNode[];
  /** Name of what it gives. */
  output: string;
}

/** Layers with weights that a block has at least, but for the last one. */
const LAYERS = 2;

/**
 * Cuts a graph wherever a single activation goes on and at least two layers with weights lie before:
 * residual units, or two layers in a row (Li et al. 2021, "BRECQ", arXiv:2102.05426, §3.2). What
 * follows the last layer with weights belongs to none.
 */
export function blocksOf(graph: CoreGraph): Block[] {
  const readers = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const last = graph.nodes.findLastIndex((node) => weightsOf(graph, node));
  const live = new Set(graph.inputs);
  const blocks: Block[] = [];
  let nodes: CoreNode[] = [];
  for (const node of graph.nodes.slice(0, last + 1)) {
    nodes.push(node);
    for (const name of node.inputs) {
      const left = readers.get(name)! - 1;
      readers.set(name, left);
      if (left === 0) live.delete(name);
    }
    live.add(node.output);
    const layers = nodes.filter((one) => weightsOf(graph, one)).length;
    // What runs before the first layer with weights does not learn.
    if (!layers && live.size === 1) nodes = [];
    if (node !== graph.nodes[last] && (live.size > 1 || layers < LAYERS)) continue;
    blocks.push({ nodes, output: node.output });
    nodes = [];
  }
  return blocks;
}
