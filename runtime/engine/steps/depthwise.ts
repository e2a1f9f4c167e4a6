/**
 * DepthwiseConv2D on WASM.
 * @module
 */
import type { Model, ModelOperator } from "../../format/model.ts";
import type { Step } from "../step.ts";
import { type Geometry, packWeights, writeBias, writeBlock } from "./convolution_block.ts";

/** DepthwiseConv2D. */
export const DepthwiseConv2D: Step = {
  kernels: (operator, model) => [kernelName(operator, model.tensors), "pack_depthwise"],
  prepare(preparation) {
    const { operator, inputs: [x, w], output } = preparation;
    const { params } = operator as ModelOperator<"DepthwiseConv2D">;
    const [batch, height, width, channels] = x.shape;
    const [kernelH, kernelW] = w.shape;
    const [, outH, outW] = output.shape;
    const sizes = { batch, height, width, channels, outH, outW, outputs: channels };
    const g: Geometry = { ...sizes, kernelH, kernelW, ...params, groups: 1 };
    const integer = x.dtype === "int8";
    const size = integer ? 2 : 4;
    const rows = integer ? (kernelH + 1) >> 1 : kernelH;
    const to = preparation.allocate(((channels + 3) >> 2) * rows * kernelW * 16);
    const bias = writeBias(preparation, channels);
    packWeights(preparation, "pack_depthwise", {
      ...{ to, bias, outputs: channels, perGroup: channels, runs: 0, products: 0, bytes: 0 },
      ...{ size, kernelH, kernelW },
    });
    const block = writeBlock(preparation, g, {
      weights: to,
      bias,
      size,
      segments: { offsets: [], bytes: 0 },
      copies: true,
      sums: false,
      ownBytes: 0,
    });
    const kernel = preparation.kernel(nameFor(integer, kernelH, kernelW, params));
    return () => void kernel(block);
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
