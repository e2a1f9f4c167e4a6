/**
 * Conv.
 * @module
 */
import { transposeData } from "./values.ts";
import { finishFromNhwc, toNhwc } from "./layout.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { readWindow, windowParams } from "./window.ts";

/** Conv in one or two dimensions with constant weights; [N,C,(H,)W] with [O,C/g,(KH,)KW]. */
export const conv: Operator = {
  names: ["Conv"],
  infer(context) {
    const { shape, dtype } = context.input(0);
    const { batch, outputs, window, rank } = readConv(context);
    if (!context.isConstant(1)) context.refuse("its weights are not constant");
    if (context.has(2) && !context.isConstant(2)) context.refuse("its bias is not constant");
    const spatial = rank === 2 ? window.out : [window.out[1]];
    return [{ dtype, shape: shape ? [batch, outputs, ...spatial] : [] }];
  },
  lower(context) {
    const { batch, channels, outputs, group, window } = readConv(context);
    const [kernelH, kernelW] = window.kernel;
    const x = toNhwc(context, context.value(0));
    const shape = [batch, ...window.out, outputs];
    const bias = context.has(2) ? [context.value(2)] : [];
    const params = windowParams(window);
    const depth = channels / group;
    if (group === channels && outputs === channels && group > 1) {
      const filter = context.constantFrom(
        1,
        "depthwise",
        [kernelH, kernelW, channels],
        (data) => transposeData(data, [channels, kernelH, kernelW], [1, 2, 0]),
      );
      const y = context.emit("DepthwiseConv2D", [x, filter, ...bias], { shape, params });
      return finishFromNhwc(context, y);
    }
    const filter = context.constantFrom(
      1,
      "conv",
      [outputs, kernelH, kernelW, depth],
      (data) => transposeData(data, [outputs, depth, kernelH, kernelW], [0, 2, 3, 1]),
    );
    const y = context.emit("Conv2D", [x, filter, ...bias], {
      shape,
      params: { ...params, groups: group },
    });
    finishFromNhwc(context, y);
  },
};

function readConv(context: NodeContext | Lowering) {
  const shape = context.shapeOfRank(0, 3, 5);
  const rank = shape.length - 2;
  const filter = context.shapeOfRank(1, shape.length);
  const group = context.number("group", 1);
  const [batch, channels, ...spatial] = shape;
  const [outputs, depth, ...kernel] = filter;
  const given = context.numbers("kernel_shape");
  if (given && given.some((size, i) => size !== kernel[i])) {
    context.fail("its kernel_shape is not that of its weights", `${given}`, `${kernel}`);
  }
  if (depth * group !== channels || outputs % group) {
    context.fail(
      "its weights do not fit its input",
      `weights [${filter}] in ${group} groups`,
      `${channels} input channels`,
    );
  }
  if (context.has(2) && context.shape(2).join() !== `${outputs}`) {
    context.fail("its bias has the wrong shape", `[${context.shape(2)}]`, `[${outputs}]`);
  }
  return { batch, channels, outputs, group, rank, window: readWindow(context, spatial, kernel) };
}
