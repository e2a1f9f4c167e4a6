/**
 * Constants of a graph that is being changed.
 * @module
 */
import type { CoreGraph, Tensor } from "../graph/graph.ts";

/** Adds a constant under a free name like its own. */
export function addConstant(tensors: Map<string, Tensor>, tensor: Tensor): string {
  const base = tensor.name.replace(/@\d+$/, "");
  let name = base;
  for (let n = 1; tensors.has(name); n++) name = `${base}@${n}`;
  tensors.set(name, { ...tensor, name });
  return name;
}

/** The graph without tensors that nobody takes. */
export function withoutUnused(graph: CoreGraph): CoreGraph {
  const used = new Set([
    ...graph.inputs,
    ...graph.nodes.flatMap(({ inputs, output }) => [...inputs, output]),
  ]);
  return { ...graph, tensors: new Map([...graph.tensors].filter(([name]) => used.has(name))) };
}

/** A bias for an operator, float32 or int32. */
export function biasTensor(name: string, integer: boolean, values: ArrayLike<number>): Tensor {
  const shape = [values.length];
  return integer
    ? { name, dtype: "int32", shape, data: Int32Array.from(values) }
    : { name, dtype: "float32", shape, data: Float32Array.from(values) };
}
