/**
 * Conv, 1-D and 2-D.
 * @module
 */
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { transposeData } from "./values.ts";
import { finishNhwc, flatten2d, toNhwc, type Window, windowOf, windowParams } from "./window.ts";

/** x[N,C,…] with w[O,C/groups,…] and bias[O]? gives out[N,O,…]. */
export const conv: Operator = {
  names: ["Conv"],
  infer(context) {
    const x = context.shape(0);
    if (x.length === 5) context.refuse("3-D convolution");
    context.shapeOfRank(0, 3, 4);
    const w = context.shapeOfRank(1, x.length);
    const groups = context.number("group", 1);
    const fits = Number.isInteger(groups) && groups >= 1 &&
      w[1] * groups === x[1] && w[0] % groups === 0;
    if (!fits) {
      context.fail(
        "its weight does not fit its input",
        `weight ${text(w)}, input ${text(x)}, ${groups} groups`,
        "weight [O, C / groups, …] with O a multiple of groups",
      );
    }
    if (context.has(2)) {
      const bias = context.shapeOfRank(2, 1);
      if (bias[0] !== w[0]) {
        context.fail(
          "its bias does not fit its weight",
          `bias ${text(bias)}`,
          `bias ${text([w[0]])}`,
        );
      }
    }
    const window = geometry(context);
    if (!context.isConstant(1)) {
      context.refuse("its weights are computed, not constant");
    }
    return [{
      dtype: context.input(0).dtype,
      shape: [x[0], w[0], ...window.output],
    }];
  },
  lower(context) {
    const window = flatten2d(geometry(context));
    const x = toNhwc(context, context.value(0));
    const [batch, , , channels] = context.shapeOf(x);
    const outputs = context.shape(1)[0];
    const groups = context.number("group", 1);
    const constantBias = context.isConstant(2) ? [context.value(2)] : [];
    const shape = [batch, ...window.output, outputs];
    const [dilationH, dilationW] = window.dilations;
    const params = { ...windowParams(window), dilationH, dilationW };
    const depthwise = groups > 1 && groups === channels && outputs === channels;
    let value = depthwise
      ? context.emit("DepthwiseConv2D", [
        x,
        depthwiseWeights(context, window),
        ...constantBias,
      ], { shape, params })
      : context.emit("Conv2D", [x, weights(context, window), ...constantBias], {
        shape,
        params: { ...params, groups },
      });
    if (context.has(2) && !context.isConstant(2)) {
      value = context.emit("Add", [value, context.value(2)], { shape });
    }
    finishNhwc(context, value);
  },
};

function geometry(context: NodeContext): Window {
  const kernel = context.shape(1).slice(2);
  const declared = context.numbers("kernel_shape");
  if (declared && text(declared) !== text(kernel)) {
    context.fail(
      "its weight does not fit its kernel",
      `weight ${text(context.shape(1))}`,
      `kernel ${text(declared)}`,
    );
  }
  return windowOf(context, context.shape(0).slice(2), kernel);
}

/** OIHW to OHWI. */
function weights(context: Lowering, { kernel: [h, w] }: Window): string {
  const [o, i] = context.shape(1);
  return context.constantFrom(
    1,
    "OHWI",
    [o, h, w, i],
    (data) => transposeData(data, [o, i, h, w], [0, 2, 3, 1]),
  );
}

/** C1HW to HWC. */
function depthwiseWeights(
  context: Lowering,
  { kernel: [h, w] }: Window,
): string {
  const [c] = context.shape(1);
  return context.constantFrom(
    1,
    "HWC",
    [h, w, c],
    (data) => transposeData(data, [c, h, w], [1, 2, 0]),
  );
}
