/**
 * Puts a Pad of zeros around the picture into the padding of the convolution behind it.
 * @module
 */
import type { Pass } from "./rewriter.ts";

/** Pad(0) then Conv2D or DepthwiseConv2D. */
export const foldPad: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op !== "Conv2D" && node.op !== "DepthwiseConv2D") continue;
    const pad = rewriter.producer(node.inputs[0]);
    if (pad?.op !== "Pad" || pad.params.value !== 0) continue;
    const [x] = pad.inputs;
    const [from, to] = [rewriter.shape(x), rewriter.shape(pad.output)];
    if (from[0] !== to[0] || from[3] !== to[3]) continue;
    const after = (axis: number) => to[axis] - from[axis] - pad.list[axis];
    const { params } = node;
    node.params = {
      ...params,
      padTop: params.padTop + pad.list[1],
      padLeft: params.padLeft + pad.list[2],
      padBottom: params.padBottom + after(1),
      padRight: params.padRight + after(2),
    };
    node.inputs = [x, ...node.inputs.slice(1)];
    return true;
  }
  return false;
};
