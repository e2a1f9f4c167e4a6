/**
 * Which operators have weights, and along which axis their channels run.
 * @module
 */
import { type CoreGraph, type CoreNode, sizeOf } from "../graph/graph.ts";

const AXES: Partial<Record<CoreNode["op"], number>> = {
  Conv2D: 0,
  DepthwiseConv2D: 2,
  FullyConnected: 0,
};

/** Constant weights of a node. */
export interface Weights {
  data: Float32Array;
  shape: number[];
  /** Channel axis of `shape`. */
  axis: number;
  /** Products in each sum. */
  depth: number;
}

/** Constant weights of a node with their shape and channel axis, or null. */
export function weightsOf(graph: CoreGraph, node: CoreNode): Weights | null {
  const axis = AXES[node.op];
  const tensor = graph.tensors.get(node.inputs[1] ?? "");
  if (axis === undefined || !(tensor?.data instanceof Float32Array) || !tensor.shape) return null;
  const { data, shape } = tensor;
  return { data, shape, axis, depth: sizeOf(shape) / shape[axis] };
}
