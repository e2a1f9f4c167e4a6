/**
 * A layer's weights and bias as rows, and back.
 * @module
 */
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import { weightRows } from "../statistics/mod.ts";
import { weightsOf } from "../weighted.ts";
import type { Rows } from "./refit.ts";

/** Weights [channels, depth] and bias (zeros where there is none) of a node that has weights. */
export function rowsOf(graph: CoreGraph, node: CoreNode): Rows {
  const weights = weightsOf(graph, node)!;
  const bias = graph.tensors.get(node.inputs[2] ?? "")?.data;
  return {
    weights: weightRows(weights),
    bias: Float64Array.from(
      { length: weights.shape[weights.axis] },
      (_, c) => Number(bias?.[c] ?? 0),
    ),
  };
}

/** The graph with other weights and another bias for one node; who shared the old ones keeps them. */
export function withRows(graph: CoreGraph, node: CoreNode, { weights, bias }: Rows): CoreGraph {
  const [x, w, b] = node.inputs;
  const { shape, axis, depth, data } = weightsOf(graph, node)!;
  const channels = shape[axis];
  const values = axis === 0
    ? Float32Array.from(weights)
    : data.map((_, i) => weights[(i % channels) * depth + Math.floor(i / channels)]);
  const tensors = new Map(graph.tensors);
  const add = (base: string, shape: number[], data: Float32Array): string => {
    const name = `${base}/${node.name}`;
    tensors.set(name, { name, dtype: "float32", shape, data });
    return name;
  };
  const inputs = [x, add(w, shape, values)];
  if (b || bias.some((value) => value !== 0)) {
    inputs.push(add(b ?? `${node.output}/bias`, [channels], Float32Array.from(bias)));
  }
  const nodes = graph.nodes.map((other) => other.name === node.name ? { ...other, inputs } : other);
  return { ...graph, nodes, tensors };
}
