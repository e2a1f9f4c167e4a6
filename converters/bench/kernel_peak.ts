/**
 * The machine's own peak: how fast kedge's kernels run on a matrix product that suits them.
 * @module
 */
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";
import { toFloat16 } from "../../runtime/format/float16.ts";

/** Pixels, output channels and input channels: a 1×1 convolution (DESIGN.md §7). */
const [PIXELS, OUTPUTS, DEPTH] = [60, 120, 576];
/** Convolutions a run, so that copying inputs and outputs weighs little. */
const REPEATS = 16;

/** Kinds of kernels, with the largest integer weight that each takes. */
const LIMITS = { "int8": 127, "int8 7 bits": 63, "int4": 7, "float32": 63 };

/** One of them. */
export type Peak = keyof typeof LIMITS;

/** All of them. */
export const PEAKS = Object.keys(LIMITS) as Peak[];

/** Two per multiply-accumulate of a run. */
export const PEAK_OPERATIONS = 2 * PIXELS * OUTPUTS * DEPTH * REPEATS;

/** A graph of nothing but that convolution, several times over. */
export function peakGraph(peak: Peak): CoreGraph {
  const integer = peak !== "float32";
  const quantization = integer ? { scale: 1 / 16, zeroPoint: 3 } : undefined;
  const activation = (name: string, channels: number): Tensor => ({
    name,
    dtype: integer ? "int8" : "float32",
    shape: [1, 6, PIXELS / 6, channels],
    quantization,
  });
  const tensors = [activation("x", DEPTH), ...constants(peak)];
  const nodes = Array.from({ length: REPEATS }, (_, i): CoreNode => {
    const output = `y${i}`;
    tensors.push(activation(output, OUTPUTS));
    return {
      name: output,
      op: "Conv2D",
      inputs: ["x", "w", "b"],
      output,
      params: {
        ...{ strideH: 1, strideW: 1, padTop: 0, padLeft: 0, padBottom: 0, padRight: 0 },
        ...{ dilationH: 1, dilationW: 1, groups: 1, factor: 1 },
        ...integer ? { min: -128, max: 127 } : { min: 0, max: Infinity },
      },
      list: [],
    };
  });
  return {
    name: `peak ${peak}`,
    nodes,
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    inputs: ["x"],
    outputs: nodes.map(({ output }) => output),
  };
}

/** Values of the graph's input. */
export function peakInput(): Float32Array {
  return Float32Array.from({ length: PIXELS * DEPTH }, (_, i) => i * 37 % 255 - 127);
}

function constants(peak: Peak): Tensor[] {
  const shape = [OUTPUTS, 1, 1, DEPTH];
  const limit = LIMITS[peak];
  const integers = Int8Array.from(
    { length: OUTPUTS * DEPTH },
    (_, i) => i * 91 % (2 * limit + 1) - limit,
  );
  if (peak === "float32") {
    return [
      { name: "w", dtype: "float32", shape, data: Float32Array.from(integers, (q) => q / 64) },
      { name: "b", dtype: "float32", shape: [OUTPUTS], data: new Float32Array(OUTPUTS) },
    ];
  }
  const channelScales = new Uint16Array(OUTPUTS).fill(toFloat16(1));
  const quantization = { scale: 2 ** -14, zeroPoint: 0, channelScales, axis: 0 };
  return [
    { name: "w", dtype: "int8", shape, data: integers, quantization },
    { name: "b", dtype: "int32", shape: [OUTPUTS], data: new Int32Array(OUTPUTS) },
  ];
}
