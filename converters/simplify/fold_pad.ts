/**
 * Puts a Pad of zeros around the picture into the padding of the convolution behind it.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import type { Pass, Rewriter } from "./rewriter.ts";

/** Pad(0) then Conv2D or DepthwiseConv2D; a Transpose between them, as at the input, stays there. */
export const foldPad: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op !== "Conv2D" && node.op !== "DepthwiseConv2D") continue;
    const maker = rewriter.producer(node.inputs[0]);
    const turn = maker?.op === "Transpose" ? maker : undefined;
    const pad = turn ? rewriter.producer(turn.inputs[0]) : maker;
    if (pad?.op !== "Pad" || pad.params.value !== 0) continue;
    const perm = turn?.list ?? [0, 1, 2, 3];
    const before = perm.map((axis) => pad.list[axis]);
    const [from, to] = [pad.inputs[0], pad.output].map((name) =>
      perm.map((axis) => rewriter.shape(name)[axis])
    );
    if (from[0] !== to[0] || from[3] !== to[3]) continue;
    const after = (axis: number) => to[axis] - from[axis] - before[axis];
    const { params } = node;
    node.params = {
      ...params,
      padTop: params.padTop + before[1],
      padLeft: params.padLeft + before[2],
      padBottom: params.padBottom + after(1),
      padRight: params.padRight + after(2),
    };
    const x = turn ? turned(rewriter, turn, pad.inputs[0], from) : pad.inputs[0];
    node.inputs = [x, ...node.inputs.slice(1)];
    return true;
  }
  return false;
};

/** The Transpose of the picture that the Pad takes. */
function turned(
  rewriter: Rewriter,
  turn: CoreNode,
  input: string,
  shape: readonly number[],
): string {
  const output = rewriter.activation(turn.output, shape);
  rewriter.insertAfter(turn, {
    ...turn,
    name: rewriter.nodeName(turn.name),
    inputs: [input],
    output,
  });
  return output;
}
