/**
 * A layer with integer weights as the real numbers that it stands for.
 * @module
 */
import { fromFloat16 } from "../../../runtime/format/float16.ts";
import type { CoreGraph, CoreNode, Quantization } from "../../graph/graph.ts";
import { type Weights, weightsOf } from "../weighted.ts";

/** Constants of one layer; all of the float layer's own shape. */
export interface RealLayer {
  /** The float layer's weights. */
  float: Weights;
  integers: Int8Array;
  /** Of each channel. */
  steps: Float64Array;
  /** Scale of the input, by which, and the step, the bias is an integer; null where it is float32. */
  scale: number | null;
  /** step × integer, in the order of the tensor. */
  weights: Float32Array;
  /** Of each channel; 0 where there is none. */
  bias: Float32Array;
}

/** A float node's layer in the quantized graph; null where its weights are not int8 there. */
export function realLayer(
  float: CoreGraph,
  quantized: CoreGraph,
  node: CoreNode,
): RealLayer | null {
  const weights = weightsOf(float, node);
  const other = quantized.nodes.find(({ name }) => name === node.name);
  const stored = quantized.tensors.get(other?.inputs[1] ?? "");
  if (!weights || !other || !(stored?.data instanceof Int8Array)) return null;
  const integers = stored.data;
  const steps = stepsOf(stored.quantization!, weights.shape[weights.axis]);
  const scale = quantized.tensors.get(other.inputs[0])!.quantization?.scale ?? null;
  const bias = quantized.tensors.get(other.inputs[2] ?? "");
  return {
    ...{ float: weights, integers, steps, scale },
    weights: Float32Array.from(integers, (q, i) => q * steps[channelOf(weights, i)]),
    bias: Float32Array.from(
      steps,
      (step, o) => Number(bias?.data?.[o] ?? 0) * (scale === null ? 1 : scale * step),
    ),
  };
}

/** Output channel of weight number `i`. */
export function channelOf({ shape, axis, depth }: Weights, i: number): number {
  return axis === 0 ? Math.floor(i / depth) : i % shape[axis];
}

/** Puts a layer's real constants into a graph, which is changed; returns the node that takes them. */
export function putLayer(
  tensors: CoreGraph["tensors"],
  node: CoreNode,
  { float: { shape }, weights, bias }: RealLayer,
): CoreNode {
  const [w, b] = [`${node.name}/rounded`, `${node.name}/bias`];
  tensors.set(w, { name: w, dtype: "float32", shape, data: weights });
  tensors.set(b, { name: b, dtype: "float32", shape: [bias.length], data: bias });
  return { ...node, inputs: [node.inputs[0], w, b] };
}

/** Steps of all channels. */
function stepsOf({ scale, channelScales }: Quantization, channels: number): Float64Array {
  return Float64Array.from(
    { length: channels },
    (_, c) => channelScales ? Math.fround(scale * fromFloat16(channelScales[c])) : scale,
  );
}
