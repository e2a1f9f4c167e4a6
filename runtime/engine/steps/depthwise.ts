/**
 * DepthwiseConv2D on WASM.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../format/model.ts";
import type { Step } from "../step.ts";
import {
  bandsOf,
  type Geometry,
  packWeights,
  writeBias,
  writeBlock,
  writeMultipliers,
} from "./convolution_block.ts";

/** DepthwiseConv2D. */
export const DepthwiseConv2D: Step = (preparation) => {
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
  const multiplier = writeMultipliers(preparation, channels);
  const blocks = bandsOf(g, preparation.threads).map((band) =>
    writeBlock(preparation, band, {
      ...{ weights: to, bias, multiplier, size, copies: true, sums: false, ownBytes: 0 },
      segments: { offsets: [], bytes: 0 },
    })
  );
  return preparation.spread(kernelName(operator, x, w, output), blocks);
};

function kernelName(
  { params }: ModelOperator,
  x: ModelTensor,
  { shape: [kernelH, kernelW] }: ModelTensor,
  { shape: [, outH] }: ModelTensor,
): string {
  if (x.dtype !== "int8") return "depthwise_float32";
  const { dilationH, dilationW } = params as ModelOperator<"DepthwiseConv2D">["params"];
  const three = kernelH === 3 && kernelW === 3 && dilationH * dilationW === 1;
  return three && outH > 1 ? "depthwise3_int8" : "depthwise_int8";
}
