/**
 * Softmax and LogSoftmax.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { inferSame } from "./unary.ts";

/** Opset 13 works along one axis; before, on the input flattened to 2-D at that axis. */
function axisOf(context: NodeContext): number {
  const axis = context.number("axis", context.opset < 13 ? 1 : -1);
  return context.axis(axis, context.shape(0).length);
}

function softmaxOperator(name: string, log: 0 | 1): Operator {
  return {
    names: [name],
    infer(context) {
      context.shapeOfRank(0, 1, Infinity);
      axisOf(context);
      return inferSame(context);
    },
    lower(context) {
      const shape = context.outputShape();
      const axis = axisOf(context);
      const x = context.value(0);
      const last = shape.length - 1;
      if (axis === last) {
        context.finish(emitRows(context, x, log));
      } else if (context.opset < 13) {
        const rows = context.emit("Reshape", [x], {
          shape: [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))],
        });
        const result = emitRows(context, rows, log);
        context.finish(context.emit("Reshape", [result], { shape }));
      } else {
        const list = shape.map((_, i) => i);
        [list[axis], list[last]] = [last, axis];
        const turned = context.emit("Transpose", [x], {
          shape: list.map((i) => shape[i]),
          list,
        });
        const result = emitRows(context, turned, log);
        context.finish(context.emit("Transpose", [result], { shape, list }));
      }
    },
  };
}

function emitRows(context: Lowering, value: string, log: 0 | 1): string {
  const shape = context.shapeOf(value);
  return context.emit("Softmax", [value], { shape, params: { log } });
}

/** e^x / Σ e^x. */
export const softmax: Operator = softmaxOperator("Softmax", 0);

/** x − ln Σ e^x. */
export const logSoftmax: Operator = softmaxOperator("LogSoftmax", 1);
