/**
 * Weights of any element type as numbers with a step for every channel.
 * @module
 */
import { fromFloat16 } from "../../runtime/format/float16.ts";
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";

/** Constant weights of a Conv2D, DepthwiseConv2D or FullyConnected. */
export interface ChannelWeights {
  tensor: Tensor;
  /** As stored: integers where the weights are quantized. */
  data: Float32Array | Int8Array;
  /** Output channel axis. */
  axis: number;
  channels: number;
  /** Real value of one stored unit, by output channel. */
  steps: Float32Array;
}

const AXES: Partial<Record<CoreNode["op"], number>> = {
  Conv2D: 0,
  DepthwiseConv2D: 2,
  FullyConnected: 0,
};

/** Weights of a node; null where it has none or they are no constants. */
export function channelWeights(graph: CoreGraph, node: CoreNode): ChannelWeights | null {
  const axis = AXES[node.op];
  if (axis === undefined) return null;
  const tensor = graph.tensors.get(node.inputs[1])!;
  const { data, shape, quantization } = tensor;
  if (!(data instanceof Float32Array || data instanceof Int8Array)) return null;
  const channels = shape![axis];
  const steps = Float32Array.from({ length: channels }, (_, c) => {
    if (!quantization) return 1;
    const { scale, channelScales } = quantization;
    return channelScales ? scale * fromFloat16(channelScales[c]) : scale;
  });
  return { tensor, data, axis, channels, steps };
}

/** Output channel of weight number `i`. */
export function channelOf({ data, axis, channels }: ChannelWeights, i: number): number {
  return axis === 2 ? i % channels : Math.floor(i * channels / data.length);
}

/** Visits weight number `i` with its output channel, input channel and window cell. */
type VisitWeight = (i: number, out: number, channel: number, tap: number) => void;

/** Visits all weights of a node in order. */
export function eachWeight(node: CoreNode, weights: ChannelWeights, visit: VisitWeight): void {
  const { axis, data, channels } = weights;
  const [kernelH, kernelW] = kernelOf(weights);
  const cells = kernelH * kernelW;
  let i = 0;
  if (axis === 2) {
    for (let tap = 0; tap < cells; tap++) {
      for (let c = 0; c < channels; c++) visit(i++, c, c, tap);
    }
    return;
  }
  const depth = data.length / channels / cells;
  const perGroup = channels / (node.params.groups ?? 1);
  for (let out = 0; out < channels; out++) {
    const first = Math.floor(out / perGroup) * depth;
    for (let tap = 0; tap < cells; tap++) {
      for (let c = 0; c < depth; c++) visit(i++, out, first + c, tap);
    }
  }
}

/** Height and width of a node's window. */
export function kernelOf({ tensor: { shape }, axis }: ChannelWeights): [number, number] {
  if (axis === 2) return [shape![0], shape![1]];
  return shape!.length === 4 ? [shape![1], shape![2]] : [1, 1];
}
