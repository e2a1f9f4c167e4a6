/**
 * Convolutions and fully connected operators without an activation, as matrices.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import type { Rewriter } from "./rewriter.ts";

/** A linear layer in one group. */
export interface LinearLayer {
  node: CoreNode;
  /** [outputs, cells, inputs]. */
  weights: Float32Array;
  /** Shape of the weights as they stand. */
  shape: number[];
  outputs: number;
  /** Cells of the window, row by row. */
  cells: number;
  inputs: number;
  /** One an output, or null. */
  bias: Float32Array | null;
}

/** The layer that a node is, or null where it is none, has groups, or its operands are no constants. */
export function linearLayer(rewriter: Rewriter, node: CoreNode | undefined): LinearLayer | null {
  if (node?.op !== "Conv2D" && node?.op !== "FullyConnected") return null;
  if ((node.params.groups ?? 1) !== 1) return null;
  const weights = rewriter.constant(node.inputs[1]);
  const bias = node.inputs[2] ? rewriter.constant(node.inputs[2]) : null;
  if (!weights || (node.inputs[2] && !bias)) return null;
  const shape = rewriter.shape(node.inputs[1]);
  const [outputs, inputs] = [shape[0], shape[shape.length - 1]];
  return { node, weights, shape, outputs, inputs, cells: weights.length / outputs / inputs, bias };
}

/** Whether a node clamps nothing. */
export function isUnbounded({ params: { min, max } }: CoreNode): boolean {
  return min === -Infinity && max === Infinity;
}

/** Whether a layer sees one pixel at a time, each once. */
export function isPointwise({ node: { op, params: p }, cells }: LinearLayer): boolean {
  if (op === "FullyConnected") return true;
  const padding = p.padTop + p.padLeft + p.padBottom + p.padRight;
  return cells === 1 && p.strideH === 1 && p.strideW === 1 && padding === 0;
}
