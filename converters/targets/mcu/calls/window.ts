/**
 * The struct that says how a window slides over a picture (`kedge_window` in runtime/c99/base.c).
 * @module
 */
import type { CallContext, Layer } from "./layer.ts";

/** Writes the window of a convolution or pooling; gives a pointer to it. */
export function windowStruct(layer: Layer, { constants }: CallContext): string {
  const { inputs: [x, weights], output, operator } = layer;
  const params = operator.params as Readonly<Record<string, number>>;
  const [batch, height, width, depth] = x.shape;
  const kernel = operator.op === "Conv2D" ? weights.shape.slice(1) : weights?.shape;
  const depthwise = operator.op === "DepthwiseConv2D";
  return constants.struct("kedge_window", `${layer.name}_window`, {
    batch,
    height,
    width,
    depth,
    out_height: output.shape[1],
    out_width: output.shape[2],
    channels: output.shape[3],
    kernel_h: params.kernelH ?? kernel[0],
    kernel_w: params.kernelW ?? kernel[1],
    stride_h: params.strideH,
    stride_w: params.strideW,
    pad_top: params.padTop,
    pad_left: params.padLeft,
    dilation_h: params.dilationH ?? 1,
    dilation_w: params.dilationW ?? 1,
    groups: depthwise ? depth : params.groups ?? 1,
  });
}
