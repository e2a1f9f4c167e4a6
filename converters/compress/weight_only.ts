/**
 * int8 weights that are computed with in float32.
 * @module
 */
import type { CoreGraph, Tensor } from "../graph/graph.ts";
import { quantizeWeights } from "./quantize_weights.ts";
import { weightsOf } from "./weighted.ts";

/**
 * Stores the weights of convolutions and fully connected nodes as int8, one scale a channel; loading
 * turns them into float32 again. A quarter of the bytes, with no calibration data: every weight is
 * at most half a step from where it was.
 *
 * Such a weight is a tensor of type float32 whose data are the integers, with a quantization.
 * @param keepFloat names of nodes whose weights stay float32.
 * @param limit largest integer weight: 127 for 8 bits, 63 for 7.
 * @returns the graph, and why weights stayed float, by node name.
 */
export function quantizeWeightsOnly(
  graph: CoreGraph,
  { keepFloat, limit }: { keepFloat: readonly string[]; limit: number },
): { graph: CoreGraph; reasons: Map<string, string> } {
  const tensors = new Map(graph.tensors);
  const reasons = new Map<string, string>();
  const nodes = graph.nodes.map((node) => {
    const weights = weightsOf(graph, node);
    if (!weights) return node;
    if (keepFloat.includes(node.name)) {
      reasons.set(node.name, "kept in float by the recipe");
      return node;
    }
    const name = `${node.inputs[1]}/int8`;
    const { data, shape, axis } = weights;
    tensors.set(name, { name, dtype: "float32", shape, ...integers(data, shape, axis, limit) });
    return { ...node, inputs: node.inputs.with(1, name) };
  });
  return { graph: { ...graph, nodes, tensors }, reasons };
}

function integers(
  weights: Float32Array,
  shape: readonly number[],
  axis: number,
  limit: number,
): Pick<Tensor, "data" | "quantization"> {
  const { data, quantization } = quantizeWeights(weights, shape, axis, limit);
  return { data, quantization };
}
