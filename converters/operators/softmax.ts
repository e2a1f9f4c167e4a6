/**
 * Softmax and LogSoftmax.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { Operator } from "./operator.ts";

/** Along one axis; before opset 13 over all axes from `axis` on, as one. */
export const softmax: Operator = {
  names: ["Softmax", "LogSoftmax"],
  infer(context) {
    const shape = context.shape(0);
    context.axis(context.number("axis", context.opset < 13 ? 1 : -1), shape.length);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const shape = context.shape(0);
    const rank = shape.length;
    const old = context.opset < 13;
    const axis = context.axis(context.number("axis", old ? 1 : -1), rank);
    const params = { log: context.node.op === "LogSoftmax" ? 1 : 0 };
    const x = context.value(0);
    if (old && axis < rank - 1) {
      const flat = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
      const rows = context.emit("Reshape", [x], { shape: flat });
      const y = context.emit("Softmax", [rows], { shape: flat, params });
      return context.finish(context.emit("Reshape", [y], { shape }));
    }
    if (axis === rank - 1) return context.finish(context.emit("Softmax", [x], { shape, params }));
    // Swap the axis with the last one, and back.
    const list = shape.map((_, at) => at === axis ? rank - 1 : at === rank - 1 ? axis : at);
    const swapped = list.map((at) => shape[at]);
    const last = context.emit("Transpose", [x], { shape: swapped, list });
    const y = context.emit("Softmax", [last], { shape: swapped, params });
    context.finish(context.emit("Transpose", [y], { shape, list }));
  },
};
