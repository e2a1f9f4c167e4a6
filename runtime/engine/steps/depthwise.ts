/**
 * DepthwiseConv2D on WASM.
 * @module
 */
import { decodeTensor } from "../../format/decode.ts";
import type { Model, ModelOperator, TensorArray } from "../../format/model.ts";
import type { Preparation, Step } from "../step.ts";
import { type Geometry, writeBias, writeBlock, zeroPointSums } from "./convolution_block.ts";

/** DepthwiseConv2D. */
export const DepthwiseConv2D: Step = {
  kernels: (operator, model) => [kernelName(operator, model.tensors)],
  prepare(preparation) {
    const { operator, inputs: [x, w], output } = preparation;
    const { params } = operator as ModelOperator<"DepthwiseConv2D">;
    const [batch, height, width, channels] = x.shape;
    const [kernelH, kernelW] = w.shape;
    const [, outH, outW] = output.shape;
    const sizes = { batch, height, width, channels, outH, outW, outputs: channels };
    const g: Geometry = { ...sizes, kernelH, kernelW, ...params, groups: 1 };
    const integer = x.dtype === "int8";
    const weights = decodeTensor(w);
    const block = writeBlock(preparation, g, {
      weights: integer ? writePairs(preparation, g, weights) : writeFloats(preparation, g, weights),
      bias: writeBias(
        preparation,
        channels,
        zeroPointSums(preparation, channels, weights, (i) => i % channels),
      ),
      size: integer ? 2 : 4,
      segments: { offsets: [], bytes: 0 },
      copies: true,
      sums: false,
      ownBytes: 0,
    });
    const kernel = preparation.kernel(nameFor(integer, kernelH, kernelW, params));
    return () => kernel(block);
  },
};

function kernelName({ inputs, params }: ModelOperator, tensors: Model["tensors"]): string {
  const [kernelH, kernelW] = tensors[inputs[1]].shape;
  const integer = tensors[inputs[0]].dtype === "int8";
  return nameFor(integer, kernelH, kernelW, params as ModelOperator<"DepthwiseConv2D">["params"]);
}

function nameFor(
  integer: boolean,
  kernelH: number,
  kernelW: number,
  { strideW, dilationH, dilationW }: ModelOperator<"DepthwiseConv2D">["params"],
): string {
  if (!integer) return "depthwise_float32";
  const special = kernelH === 3 && kernelW === 3 && strideW <= 2 && dilationH * dilationW === 1;
  return special ? "depthwise3_int8" : "depthwise_int8";
}

/** int16: for every 4 channels, pair of kernel rows and kernel column, 4 pairs; 0 for no row. */
function writePairs(
  { allocate, memory }: Preparation,
  { channels, kernelH, kernelW }: Geometry,
  weights: TensorArray,
): number {
  const pairs = (kernelH + 1) >> 1;
  const blocks = (channels + 3) >> 2;
  const size = pairs * kernelW * 8;
  const address = allocate(blocks * size * 2);
  const room = new Int16Array(memory(), address, blocks * size);
  for (let ky = 0, from = 0; ky < kernelH; ky++) {
    for (let kx = 0; kx < kernelW; kx++) {
      const tap = ((ky >> 1) * kernelW + kx) * 8 + (ky & 1);
      for (let c = 0; c < channels; c++, from++) {
        room[(c >> 2) * size + tap + (c & 3) * 2] = weights[from];
      }
    }
  }
  return address;
}

/** float32: for every 4 channels, kernel row and kernel column, 4 values. */
function writeFloats(
  { allocate, memory }: Preparation,
  { channels, kernelH, kernelW }: Geometry,
  weights: TensorArray,
): number {
  const taps = kernelH * kernelW;
  const blocks = (channels + 3) >> 2;
  const address = allocate(blocks * taps * 16);
  const room = new Float32Array(memory(), address, blocks * taps * 4);
  weights.forEach((value, i) => {
    const [tap, c] = [Math.floor(i / channels), i % channels];
    room[((c >> 2) * taps + tap) * 4 + (c & 3)] = value;
  });
  return address;
}
