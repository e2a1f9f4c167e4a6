/**
 * Mean over height and width as one AveragePool2D, which has an integer form.
 * @module
 */
import { REDUCE_KINDS } from "../../runtime/format/operators.ts";
import type { Pass } from "./rewriter.ts";

/** A pooling window has fewer cells than this. */
const MOST_CELLS = 65536;

/** Reduce(mean, [1, 2]) of [N,H,W,C]. */
export const averageAsPool: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    const [x] = node.inputs;
    const shape = rewriter.shape(x);
    if (node.op !== "Reduce" || REDUCE_KINDS[node.params.kind] !== "mean") continue;
    if (shape.length !== 4 || node.list.join() !== "1,2") continue;
    const [batch, kernelH, kernelW, channels] = shape;
    if (kernelH * kernelW >= MOST_CELLS) continue;
    const { output } = node;
    Object.assign(node, {
      op: "AveragePool2D",
      params: {
        kernelH,
        kernelW,
        strideH: 1,
        strideW: 1,
        padTop: 0,
        padLeft: 0,
        padBottom: 0,
        padRight: 0,
        countIncludePad: 0,
        factor: 1,
        min: -Infinity,
        max: Infinity,
      },
      list: [],
      output: rewriter.activation(output, [batch, 1, 1, channels]),
    });
    rewriter.insertAfter(node, {
      name: rewriter.nodeName(`${node.name}/Reshape`),
      op: "Reshape",
      inputs: [node.output],
      output,
      params: {},
      list: [],
    });
    return true;
  }
  return false;
};
