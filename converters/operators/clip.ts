/**
 * Clip.
 * @module
 */
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitUnary, inferSame } from "./unary.ts";
import { fromNumbers } from "./values.ts";

/** Lower and upper bound: attributes before opset 11, inputs since; NaN where it is computed. */
function bounds(context: NodeContext): [number, number] {
  if (context.opset < 11) {
    return [
      context.number("min", -Infinity),
      context.number("max", Infinity),
    ];
  }
  const bound = (index: number, open: number) =>
    context.has(index) && !context.isConstant(index) ? NaN : context.scalar(index, "bound") ?? open;
  return [bound(1, -Infinity), bound(2, Infinity)];
}

/** Values between two bounds; computed bounds become Maximum and Minimum. */
export const clip: Operator = {
  names: ["Clip"],
  takesIntegers: true,
  infer(context) {
    bounds(context);
    return inferSame(context);
  },
  evaluate(context, [{ dtype }]) {
    const [low, high] = bounds(context);
    const values = context.values(0);
    return [
      fromNumbers(dtype, values.map((x) => Math.min(Math.max(x, low), high))),
    ];
  },
  lower(context) {
    const [low, high] = bounds(context);
    const shape = context.outputShape();
    let value = context.value(0);
    if (low === 0 && high === Infinity) {
      value = emitUnary(context, "relu", value);
    } else if (!Number.isNaN(low) && !Number.isNaN(high)) {
      // With crossed bounds the upper one wins (ONNX Clip, opset 12).
      value = emitUnary(context, "clip", value, Math.min(low, high), high);
    } else {
      if (context.has(1)) {
        value = context.emit("Maximum", [value, context.value(1)], { shape });
      }
      if (context.has(2)) {
        value = context.emit("Minimum", [value, context.value(2)], { shape });
      }
    }
    context.finish(value);
  },
};
