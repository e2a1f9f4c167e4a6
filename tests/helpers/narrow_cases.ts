/** Layers with enough weights of few values to stay packed in C. */
import type { Tensor } from "../../converters/graph/graph.ts";
import { activation } from "./operator_cases.ts";
import type { OperatorCase } from "./one_operator.ts";
import type { Random } from "./random.ts";

/** Weights out of so many values: the same for all channels, or others for each. */
export function weightsOf(
  random: Random,
  channels: number,
  depth: number,
  kinds: number,
  own: boolean,
) {
  const table = () => Array.from({ length: kinds }, () => random.int(-128, 127));
  const shared = table();
  const out = new Int8Array(channels * depth);
  for (let c = 0; c < channels; c++) {
    const values = own ? table() : shared;
    for (let k = 0; k < depth; k++) out[c * depth + k] = random.pick(values);
  }
  return out;
}

/** Kinds of layers, each with kernels of its own for packed weights. */
export const NARROW_LAYERS = {
  "Conv2D": { op: "Conv2D" },
  "Conv2D of groups": { op: "Conv2D", groups: 2 },
  "Conv2D to float32": { op: "Conv2D", real: true },
  "DepthwiseConv2D": { op: "DepthwiseConv2D" },
  "DepthwiseConv2D to float32": { op: "DepthwiseConv2D", real: true },
  "FullyConnected": { op: "FullyConnected" },
} as const satisfies Record<string, NarrowLayer>;

interface NarrowLayer {
  readonly op: "Conv2D" | "DepthwiseConv2D" | "FullyConnected";
  readonly groups?: number;
  readonly real?: boolean;
}

/** One of them, whose weights take `kinds` values. */
export function narrowLayer(
  random: Random,
  name: keyof typeof NARROW_LAYERS,
  kinds: number,
): OperatorCase {
  const { op, groups = 1, real = false }: NarrowLayer = NARROW_LAYERS[name];
  const dense = op === "FullyConnected";
  const depthwise = op === "DepthwiseConv2D";
  const outputs = depthwise ? random.int(42, 60) : 2 * random.int(10, 20);
  const depth = depthwise ? outputs : groups * random.pick([8, 11, 16]);
  const kernel = depthwise ? random.pick([5, 7]) : dense ? 1 : 3;
  const count = dense ? random.int(130, 400) : kernel * kernel * (depthwise ? 1 : depth / groups);
  const size = random.int(3, 7);
  const shape = dense
    ? [outputs, count]
    : depthwise
    ? [kernel, kernel, outputs]
    : [outputs, kernel, kernel, depth / groups];
  const rows = weightsOf(random, outputs, count, kinds, random.int(0, 1) === 1);
  const w: Tensor = {
    name: "w",
    dtype: "int8",
    shape,
    data: depthwise
      ? rows.map((_, i) => rows[i % outputs * count + Math.floor(i / outputs)])
      : rows,
    quantization: { scale: 0.01, zeroPoint: 0 },
  };
  const data = Int32Array.from({ length: outputs }, () => random.int(-5000, 5000));
  const b: Tensor = { name: "b", dtype: "int32", shape: [outputs], data };
  const x = activation(random, "x", dense ? [1, count] : [1, size, size, depth], true);
  const y = activation(random, "y", dense ? [1, outputs] : [1, size, size, outputs], !real);
  const pad = kernel >> 1;
  const window = { strideH: 1, strideW: 1, padTop: pad, padLeft: pad, padBottom: pad };
  const bounds = real
    ? { factor: 0.05, min: -50, max: Infinity }
    : { factor: 0.05, min: -128, max: random.pick([127, 90]) };
  const more = { padRight: pad, dilationH: 1, dilationW: 1, ...(!depthwise && { groups }) };
  return {
    name: `${name} of ${kinds} values`,
    node: { op, params: dense ? bounds : { ...window, ...more, ...bounds }, list: [] },
    inputs: [x, w, b],
    output: y,
  };
}
