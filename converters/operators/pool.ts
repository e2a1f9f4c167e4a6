/**
 * MaxPool, AveragePool and their global forms.
 * @module
 */
import { finishFromNhwc, toNhwc } from "./layout.ts";
import type { Operator } from "./operator.ts";
import { readWindow, windowParams } from "./window.ts";

/** Pooling in one or two dimensions. */
export const pool: Operator = {
  names: ["MaxPool", "AveragePool"],
  infer(context) {
    const { dtype } = context.input(0);
    const [batch, channels, ...spatial] = context.shapeOfRank(0, 3, 5);
    const kernel = context.sizes("kernel_shape", spatial.length, 1, 1);
    const { out, dilations } = readWindow(context, spatial, kernel);
    if (dilations.some((dilation) => dilation > 1)) context.refuse("it has dilations");
    const shape = [batch, channels, ...(spatial.length === 2 ? out : [out[1]])];
    return [{ dtype, shape }];
  },
  lower(context) {
    const [batch, channels, ...spatial] = context.shape(0);
    const window = readWindow(context, spatial, context.numbers("kernel_shape")!);
    const { dilationH: _h, dilationW: _w, ...strides } = windowParams(window);
    const params = { kernelH: window.kernel[0], kernelW: window.kernel[1], ...strides };
    const x = toNhwc(context, context.value(0));
    const shape = [batch, ...window.out, channels];
    if (context.node.op === "MaxPool") {
      return finishFromNhwc(context, context.emit("MaxPool2D", [x], { shape, params }));
    }
    const countIncludePad = context.number("count_include_pad", 0);
    finishFromNhwc(
      context,
      context.emit("AveragePool2D", [x], { shape, params: { ...params, countIncludePad } }),
    );
  },
};

/** GlobalAveragePool and GlobalMaxPool: one window over everything. */
export const globalPool: Operator = {
  names: ["GlobalAveragePool", "GlobalMaxPool"],
  infer(context) {
    const { dtype } = context.input(0);
    const [batch, channels, ...spatial] = context.shapeOfRank(0, 3, 5);
    if (spatial.length > 2) context.refuse(`it has ${spatial.length} spatial dimensions`);
    return [{ dtype, shape: [batch, channels, ...spatial.map(() => 1)] }];
  },
  lower(context) {
    const x = toNhwc(context, context.value(0));
    const [batch, kernelH, kernelW, channels] = context.shapeOf(x);
    const op = context.node.op === "GlobalMaxPool" ? "MaxPool2D" : "AveragePool2D";
    const params = { kernelH, kernelW, strideH: 1, strideW: 1 };
    finishFromNhwc(context, context.emit(op, [x], { shape: [batch, 1, 1, channels], params }));
  },
};
