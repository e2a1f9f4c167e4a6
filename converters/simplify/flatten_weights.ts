/**
 * Transpose, flatten, FullyConnected: reorders the weights instead of the activations.
 * @module
 */
import type { Pass } from "./rewriter.ts";

/** transpose(x).reshape(N, K) · Wᵀ = x.reshape(N, K) · (W with its columns in x's order)ᵀ. */
export const flattenWeights: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op !== "FullyConnected") continue;
    const flat = rewriter.producer(node.inputs[0]);
    const turned = flat?.op === "Reshape" ? rewriter.producer(flat.inputs[0]) : undefined;
    if (!flat || turned?.op !== "Transpose" || turned.list[0] !== 0) continue;
    if (!rewriter.isPrivate(flat.output)) continue;
    const [x] = turned.inputs;
    const shape = rewriter.shape(x);
    const [outputs, depth] = rewriter.shape(node.inputs[1]);
    const weights = rewriter.constant(node.inputs[1]);
    if (!weights || depth * shape[0] !== shape.reduce((a, b) => a * b, 1)) continue;
    if (rewriter.shape(flat.output).join() !== `${shape[0]},${depth}`) continue;
    const order = columnOrder(shape.slice(1), turned.list.slice(1).map((axis) => axis - 1));
    const reordered = new Float32Array(weights.length);
    for (let o = 0; o < outputs; o++) {
      for (let k = 0; k < depth; k++) reordered[o * depth + order[k]] = weights[o * depth + k];
    }
    node.inputs[1] = rewriter.addConstant(node.inputs[1], [outputs, depth], reordered);
    flat.inputs = [x];
    return true;
  }
  return false;
};

/** Place in row-major `shape` of each element of its transpose, in the transpose's order. */
function columnOrder(shape: readonly number[], perm: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  shape.reduceRight((step, dim, i) => (strides[i] = step, step * dim), 1);
  let places = [0];
  for (const axis of perm) {
    places = places.flatMap((place) =>
      Array.from({ length: shape[axis] }, (_, i) => place + i * strides[axis])
    );
  }
  return places;
}
