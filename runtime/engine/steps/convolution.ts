/**
 * Conv2D, DepthwiseConv2D and FullyConnected on WASM: one matrix product over gathered rows.
 * @module
 */
import { decodeTensor } from "../../format/decode.ts";
import type { Model, ModelOperator, ModelTensor, TensorArray } from "../../format/model.ts";
import { multipliers } from "../../reference/requantize.ts";
import { type Preparation, type Step, writeArguments } from "../step.ts";

/** Sizes of a convolution with everything spelt out. */
interface Geometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  outH: number;
  outW: number;
  outputs: number;
  kernelH: number;
  kernelW: number;
  strideH: number;
  strideW: number;
  padTop: number;
  padLeft: number;
  dilationH: number;
  dilationW: number;
  groups: number;
}

/** Conv2D. */
export const Conv2D: Step = {
  kernels: matrixKernels,
  prepare(preparation) {
    const { operator, inputs: [x, w], output } = preparation;
    const { params } = operator as ModelOperator<"Conv2D">;
    const [batch, height, width, channels] = x.shape;
    const [outputs, kernelH, kernelW] = w.shape;
    const [, outH, outW] = output.shape;
    const sizes = {
      batch,
      height,
      width,
      channels,
      outH,
      outW,
      outputs,
      kernelH,
      kernelW,
    };
    return matrixProduct(preparation, { ...sizes, ...params });
  },
};

/** FullyConnected: a 1×1 convolution over rows. */
export const FullyConnected: Step = {
  kernels: matrixKernels,
  prepare(preparation) {
    const { inputs: [x, w] } = preparation;
    const [outputs, channels] = w.shape;
    const rows = x.size / channels;
    return matrixProduct(preparation, {
      batch: 1,
      height: 1,
      width: rows,
      channels,
      outH: 1,
      outW: rows,
      outputs,
      kernelH: 1,
      kernelW: 1,
      strideH: 1,
      strideW: 1,
      padTop: 0,
      padLeft: 0,
      dilationH: 1,
      dilationW: 1,
      groups: 1,
    });
  },
};

/** DepthwiseConv2D. */
export const DepthwiseConv2D: Step = {
  kernels: ({ inputs }, model) => [
    model.tensors[inputs[0]].dtype === "int8" ? "depthwise_int8" : "depthwise_float32",
  ],
  prepare(preparation) {
    const { operator, inputs: [x, w], output } = preparation;
    const { params } = operator as ModelOperator<"DepthwiseConv2D">;
    const [batch, height, width, channels] = x.shape;
    const [kernelH, kernelW] = w.shape;
    const [, outH, outW] = output.shape;
    const taps = kernelH * kernelW;
    const padded = (channels + 7) & ~7;
    const weights = decodeTensor(w);
    const integer = x.dtype === "int8";
    const address = preparation.allocate(taps * padded * (integer ? 2 : 4));
    const room = integer
      ? new Int16Array(preparation.memory(), address, taps * padded)
      : new Float32Array(preparation.memory(), address, taps * padded);
    for (let tap = 0; tap < taps; tap++) {
      room.set(
        weights.subarray(tap * channels, (tap + 1) * channels),
        tap * padded,
      );
    }
    const sizes = {
      batch,
      height,
      width,
      channels,
      outH,
      outW,
      outputs: channels,
      kernelH,
    };
    const block = writeBlock(preparation, {
      ...sizes,
      kernelW,
      ...params,
      groups: 1,
    }, {
      weights: address,
      bias: writeBias(preparation, channels, null),
      depth: 1,
      rowBytes: 0,
      direct: false,
    });
    preparation.scratch(block + 20, 64);
    const kernel = preparation.kernel(
      integer ? "depthwise_int8" : "depthwise_float32",
    );
    return () => kernel(block);
  },
};

/** Whether all weights lie in −64…63, so that w + 64 serves as the 7-bit operand. */
function isSevenBit(w: ModelTensor): boolean {
  return (decodeTensor(w) as Int8Array).every((value) => value >= -64 && value <= 63);
}

function matrixKernels(
  { inputs }: ModelOperator,
  model: Model,
  relaxed: boolean,
): string[] {
  const [x, w] = inputs.map((i) => model.tensors[i]);
  return [kernelName(x, w, relaxed)];
}

function kernelName(x: ModelTensor, w: ModelTensor, relaxed: boolean): string {
  if (x.dtype !== "int8") return "conv2d_float32";
  return relaxed && isSevenBit(w) ? "conv2d_int8_7bit" : "conv2d_int8";
}

function matrixProduct(preparation: Preparation, g: Geometry): () => void {
  const { inputs: [x, w], relaxed } = preparation;
  const name = kernelName(x, w, relaxed);
  const depth = g.channels / g.groups;
  const products = g.kernelH * g.kernelW * depth;
  // Products a 4-byte step of a row, and rows in whole 16-byte vectors.
  const step = name === "conv2d_float32" ? 1 : name === "conv2d_int8" ? 2 : 4;
  const unit = name === "conv2d_float32" ? 1 : step * 4;
  const padded = Math.ceil(products / unit) * unit;
  const pointwise = g.kernelH * g.kernelW * g.strideH * g.strideW * g.groups === 1 &&
    g.padTop === 0 && g.padLeft === 0 && g.outH === g.height &&
    g.outW === g.width;
  const direct = pointwise && name !== "conv2d_int8" && padded === products;
  const rowBytes = padded * 4 / step;
  const weights = writePanels(preparation, g, decodeTensor(w), {
    products,
    rowBytes,
    step,
  });
  const sums = x.dtype === "int8" && x.zeroPoint
    ? rowSums(decodeTensor(w), g.outputs, products, x.zeroPoint)
    : null;
  const block = writeBlock(preparation, g, {
    weights,
    bias: writeBias(preparation, g.outputs, sums),
    depth,
    rowBytes,
    direct,
  });
  preparation.scratch(block + 20, 4 * (rowBytes + 32) + 64);
  const kernel = preparation.kernel(name);
  return () => kernel(block);
}

/**
 * Weights in panels of 8 output channels: for every 4-byte step of a row, 8 channels × 4 bytes.
 * int8 in 7 bits is stored as w + 64, any other int8 as int16.
 */
function writePanels(
  { allocate, memory }: Preparation,
  g: Geometry,
  weights: TensorArray,
  { products, rowBytes, step }: {
    products: number;
    rowBytes: number;
    step: number;
  },
): number {
  const perGroup = g.outputs / g.groups;
  const panels = Math.ceil(perGroup / 8);
  const bytes = g.groups * panels * rowBytes * 8;
  const address = allocate(bytes);
  const count = bytes / 4 * step;
  const room = step === 1
    ? new Float32Array(memory(), address, count)
    : step === 2
    ? new Int16Array(memory(), address, count)
    : new Int8Array(memory(), address, count);
  const offset = step === 4 ? 64 : 0;
  const panelSize = count / (g.groups * panels);
  for (let o = 0; o < g.outputs; o++) {
    const group = Math.floor(o / perGroup);
    const within = o % perGroup;
    const panel = (group * panels + (within >> 3)) * panelSize +
      (within & 7) * step;
    const from = o * products;
    for (let k = 0; k < products; k++) {
      const inStep = k % step;
      room[panel + (k - inStep) * 8 + inStep] = weights[from + k] + offset;
    }
  }
  return address;
}

/** −zx·Σw of every output channel, which the bias takes up. */
function rowSums(
  w: TensorArray,
  outputs: number,
  products: number,
  zeroPoint: number,
) {
  const sums = new Int32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let sum = 0;
    for (let k = 0; k < products; k++) sum += w[o * products + k];
    sums[o] = -zeroPoint * sum;
  }
  return sums;
}

function writeBias(
  { inputs, allocate, memory }: Preparation,
  outputs: number,
  fold: Int32Array | null,
): number {
  const [x, , bias] = inputs;
  const address = allocate(outputs * 4);
  const room = x.dtype === "int8"
    ? new Int32Array(memory(), address, outputs)
    : new Float32Array(memory(), address, outputs);
  if (bias) room.set(decodeTensor(bias));
  if (fold) { for (let o = 0; o < outputs; o++) room[o] += fold[o]; }
  return address;
}

function writeBlock(
  preparation: Preparation,
  g: Geometry,
  made: {
    weights: number;
    bias: number;
    depth: number;
    rowBytes: number;
    direct: boolean;
  },
): number {
  const { operator, inputs: [x, w], output, allocate, memory, address } = preparation;
  const { factor, min, max } = (operator as ModelOperator<"Conv2D">).params;
  const integer = output.dtype === "int8";
  const multiplier = allocate(g.outputs * 4);
  new Float32Array(memory(), multiplier, g.outputs).set(
    multipliers(w, g.outputs, factor),
  );
  const zy = integer ? output.zeroPoint : 0;
  const block = writeArguments(preparation, [
    ...[address(x), address(output), made.weights, made.bias, multiplier, 0],
    ...[
      g.batch,
      g.height,
      g.width,
      g.channels,
      g.outH,
      g.outW,
      g.outputs,
      g.kernelH,
      g.kernelW,
    ],
    ...[
      g.strideH,
      g.strideW,
      g.padTop,
      g.padLeft,
      g.dilationH,
      g.dilationW,
      g.groups,
    ],
    ...[
      x.zeroPoint,
      zy,
      min - zy,
      max - zy,
      integer ? 0 : 1,
      made.depth,
      made.rowBytes,
    ],
    ...[0, made.direct ? 1 : 0],
  ], [24, 25]);
  new Int16Array(memory(), block + 128, 8).fill(1);
  return block;
}
