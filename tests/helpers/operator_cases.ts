/** Random cases of the operators that have kernels of their own, extremes included. */
import type { Tensor } from "../../converters/graph/graph.ts";
import { toFloat16 } from "../../runtime/format/float16.ts";
import type { OperatorCase } from "./one_operator.ts";
import type { Random } from "./random.ts";

/** Makes one random case. */
export type CaseMaker = (random: Random) => OperatorCase;

const float = (random: Random) => Math.fround(random.next() * 4 - 2);

/** −128 and 127 far more often than chance, then anything. */
const integer = (random: Random, low = -128, high = 127) =>
  random.next() < 0.2 ? random.pick([low, high]) : random.int(low, high);

/** An activation: int8 with scale and zero point, or float32. */
export function activation(
  random: Random,
  name: string,
  shape: number[],
  int8: boolean,
): Tensor {
  if (!int8) return { name, dtype: "float32", shape };
  const scale = Math.fround(0.01 + random.next() * 0.2);
  const zeroPoint = random.pick([-128, 127, 0, random.int(-128, 127)]);
  return { name, dtype: "int8", shape, quantization: { scale, zeroPoint } };
}

function weights(
  random: Random,
  shape: number[],
  axis: number,
  int8: boolean,
): Tensor[] {
  const size = shape.reduce((a, b) => a * b, 1);
  const channels = shape[axis];
  const limit = random.pick([127, 63, 7]);
  if (!int8) {
    const data = Float32Array.from({ length: size }, () => float(random));
    const bias = Float32Array.from({ length: channels }, () => float(random));
    return [
      { name: "w", dtype: "float32", shape, data },
      { name: "b", dtype: "float32", shape: [channels], data: bias },
    ];
  }
  const data = Int8Array.from(
    { length: size },
    () => integer(random, -limit - 1, limit),
  );
  const large = random.pick([100, 100000, 2 ** 29]);
  const bias = Int32Array.from(
    { length: channels },
    () => random.int(-large, large),
  );
  const channelScales = Uint16Array.from(
    { length: channels },
    () => toFloat16(0.01 + random.next()),
  );
  const quantization = {
    scale: Math.fround(0.001 + random.next() / 50),
    zeroPoint: 0,
  };
  return [
    {
      name: "w",
      dtype: "int8",
      shape,
      data,
      quantization: { ...quantization, channelScales, axis },
    },
    { name: "b", dtype: "int32", shape: [channels], data: bias },
  ];
}

/** Output tensor with bounds; a float output of an int8 operator now and then. */
function outcome(
  random: Random,
  shape: number[],
  int8: boolean,
  floatToo = true,
) {
  const output = activation(
    random,
    "y",
    shape,
    int8 && !(floatToo && random.next() < 0.2),
  );
  const bounds = output.dtype === "int8"
    ? random.pick([{ min: -128, max: 127 }, {
      min: output.quantization!.zeroPoint,
      max: 127,
    }])
    : random.pick([{ min: -Infinity, max: Infinity }, {
      min: 0,
      max: Math.fround(6),
    }]);
  return { output, bounds };
}

function window(
  random: Random,
  size: number[],
  kernel: number[],
  dilated: boolean,
) {
  const [strideH, strideW] = [random.int(1, 3), random.int(1, 3)];
  const [dilationH, dilationW] = dilated ? [random.int(1, 2), random.int(1, 2)] : [1, 1];
  const pad = (k: number) => random.int(0, k - 1);
  const [padTop, padBottom] = [pad(kernel[0]), pad(kernel[0])];
  const [padLeft, padRight] = [pad(kernel[1]), pad(kernel[1])];
  const out = (
    length: number,
    k: number,
    stride: number,
    dilation: number,
    pads: number,
  ) => Math.floor((length + pads - (k - 1) * dilation - 1) / stride) + 1;
  return {
    params: { strideH, strideW, padTop, padLeft, padBottom, padRight },
    dilations: { dilationH, dilationW },
    outH: out(size[0], kernel[0], strideH, dilationH, padTop + padBottom),
    outW: out(size[1], kernel[1], strideW, dilationW, padLeft + padRight),
  };
}

/** Conv2D, grouped now and then, 1×1 now and then. */
export const conv2d = (int8: boolean): CaseMaker => (random) => {
  const groups = random.pick([1, 1, 1, 2, 3]);
  const depth = random.pick([1, 3, 4, 5, 16, 32]);
  const outputs = groups * random.pick([1, 3, 8, 12, 13]);
  const kernel = random.pick([[1, 1], [3, 3], [3, 3], [1, 5], [2, 3]]);
  const size = [random.int(5, 9), random.int(5, 9)];
  const { params, dilations, outH, outW } = window(random, size, kernel, true);
  const batch = random.pick([1, 1, 2]);
  const x = activation(random, "x", [batch, ...size, depth * groups], int8);
  const { output, bounds } = outcome(
    random,
    [batch, outH, outW, outputs],
    int8,
  );
  const factor = int8 ? Math.fround(0.01 + random.next()) : 1;
  return {
    name: `Conv2D ${kernel} groups ${groups}`,
    node: {
      op: "Conv2D",
      params: { ...params, ...dilations, groups, factor, ...bounds },
      list: [],
    },
    inputs: [x, ...weights(random, [outputs, ...kernel, depth], 0, int8)],
    output,
  };
};

/** Conv2D as Winograd's algorithm takes it: 3×3, stride 1, many channels, any border and size. */
export const conv2dInTiles = (int8: boolean): CaseMaker => (random) => {
  const channels = random.pick(int8 ? [8, 16, 24, 40] : [8, 12, 24, 40]);
  const outputs = random.pick(int8 ? [1, 3, 8, 13, 16] : [1, 8, 13, 16, 19]);
  const batch = random.pick([1, 1, 2]);
  const size = [random.int(6, 13), random.int(6, 13)];
  const [padTop, padLeft, padBottom, padRight] = [0, 0, 0, 0].map(() => random.int(0, 2));
  const [outH, outW] = [size[0] + padTop + padBottom - 2, size[1] + padLeft + padRight - 2];
  const { output, bounds } = outcome(random, [batch, outH, outW, outputs], int8);
  // Errors of floats are a share of the sums' range, which an upper bound would hide.
  const limits = int8 ? bounds : { ...bounds, max: Infinity };
  const params = { padTop, padLeft, padBottom, padRight, groups: 1, ...limits };
  const steps = { strideH: 1, strideW: 1, dilationH: 1, dilationW: 1 };
  const factor = int8 ? Math.fround(0.01 + random.next()) : 1;
  return {
    name: `Conv2D ${channels} → ${outputs}, ${outH}×${outW}`,
    node: { op: "Conv2D", params: { ...params, ...steps, factor }, list: [] },
    inputs: [
      activation(random, "x", [batch, ...size, channels], int8),
      ...weights(random, [outputs, 3, 3, channels], 0, int8),
    ],
    output,
  };
};

/** DepthwiseConv2D. */
export const depthwise = (int8: boolean): CaseMaker => (random) => {
  const channels = random.pick([1, 3, 8, 11, 16]);
  const kernel = random.pick([[3, 3], [5, 5], [1, 3]]);
  const size = [random.int(5, 9), random.int(5, 9)];
  const { params, dilations, outH, outW } = window(
    random,
    size,
    kernel,
    size[0] > 8,
  );
  if (outH < 1 || outW < 1) return depthwise(int8)(random);
  const x = activation(random, "x", [1, ...size, channels], int8);
  const { output, bounds } = outcome(random, [1, outH, outW, channels], int8);
  const factor = int8 ? Math.fround(0.01 + random.next()) : 1;
  return {
    name: `DepthwiseConv2D ${kernel}`,
    node: {
      op: "DepthwiseConv2D",
      params: { ...params, ...dilations, factor, ...bounds },
      list: [],
    },
    inputs: [x, ...weights(random, [...kernel, channels], 2, int8)],
    output,
  };
};

/** FullyConnected. */
export const fullyConnected = (int8: boolean): CaseMaker => (random) => {
  const [rows, depth, outputs] = [
    random.int(1, 5),
    random.pick([1, 7, 16, 64]),
    random.int(1, 20),
  ];
  const { output, bounds } = outcome(random, [rows, outputs], int8);
  const factor = int8 ? Math.fround(0.01 + random.next()) : 1;
  return {
    name: "FullyConnected",
    node: { op: "FullyConnected", params: { factor, ...bounds }, list: [] },
    inputs: [activation(random, "x", [rows, depth], int8)]
      .concat(weights(random, [outputs, depth], 0, int8)),
    output,
  };
};

/** Add of equal shapes, or broadcast now and then. */
export const add = (int8: boolean): CaseMaker => (random) => {
  const shape = [1, random.int(1, 4), random.int(1, 4), random.int(1, 9)];
  const other = random.pick([shape, shape, [shape[3]], [1, 1, 1, shape[3]]]);
  const { output, bounds } = outcome(random, shape, int8, false);
  const factor = () => int8 ? Math.fround(random.next() * 2) : random.pick([1, -1]);
  return {
    name: "Add",
    node: {
      op: "Add",
      params: { factorA: factor(), factorB: factor(), ...bounds },
      list: [],
    },
    inputs: [
      activation(random, "a", shape, int8),
      activation(random, "b", other, int8),
    ],
    output,
  };
};

/** MaxPool2D or AveragePool2D. */
export const pool = (op: "MaxPool2D" | "AveragePool2D", int8: boolean): CaseMaker => (random) => {
  const channels = random.pick([1, 3, 4, 16, 21]);
  const kernel = random.pick([[2, 2], [3, 3], [5, 4]]);
  const size = [random.int(5, 8), random.int(5, 8)];
  const { params, outH, outW } = window(random, size, kernel, false);
  const x = activation(random, "x", [1, ...size, channels], int8);
  const average = op === "AveragePool2D";
  const { output, bounds } = outcome(
    random,
    [1, outH, outW, channels],
    int8,
    average,
  );
  if (!average) output.quantization = x.quantization;
  const factor = int8 ? Math.fround(0.01 + random.next()) : 1;
  const more: Record<string, number> = average ? { countIncludePad: random.int(0, 1), factor } : {};
  const limits = !average && int8 ? { min: -128, max: 127 } : bounds;
  return {
    name: op,
    node: {
      op,
      params: {
        kernelH: kernel[0],
        kernelW: kernel[1],
        ...params,
        ...more,
        ...limits,
      },
      list: [],
    },
    inputs: [x],
    output,
  };
};

/** Quantize. */
export const quantize: CaseMaker = (random) => {
  const shape = [random.int(1, 40)];
  const output = activation(random, "y", shape, true);
  const factor = random.pick([2, 0.5, Math.fround(random.next() * 100)]);
  return {
    name: "Quantize",
    node: { op: "Quantize", params: { factor, min: -128, max: 127 }, list: [] },
    inputs: [activation(random, "x", shape, false)],
    output,
  };
};

/** Input values for a case: ties, extremes and anything else. */
export function valuesFor(
  random: Random,
  { shape, dtype }: Tensor,
): Float32Array | Int8Array {
  const size = shape!.reduce((a, b) => a * b, 1);
  return dtype === "int8"
    ? Int8Array.from({ length: size }, () => integer(random))
    : Float32Array.from(
      { length: size },
      () => random.next() < 0.3 ? random.int(-9, 9) / 2 : float(random),
    );
}
