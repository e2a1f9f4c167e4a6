/**
 * Windows of convolutions and pools.
 * @module
 */
import type { CoreNode } from "../../graph/graph.ts";
import type { Attributes } from "./proto_writer.ts";

/** kernel_shape, strides and pads. */
export function windowAttributes(
  { params }: CoreNode,
  kernel: readonly [number, number],
): Attributes {
  const { strideH, strideW, padTop, padLeft, padBottom, padRight } = params;
  return {
    kernel_shape: kernel,
    strides: [strideH, strideW],
    pads: [padTop, padLeft, padBottom, padRight],
  };
}
