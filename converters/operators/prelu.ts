/**
 * PRelu.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import { broadcastShapes } from "./broadcast.ts";
import { text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitUnary, inferSame } from "./unary.ts";

/** x < 0 ? slope·x : x; one constant slope makes it a leakyRelu. */
export const prelu: Operator = {
  names: ["PRelu"],
  infer(context) {
    const shape = context.shape(0);
    const both = broadcastShapes(context, [shape, context.shape(1)]);
    if (text(both) !== text(shape)) {
      context.fail(
        "its slope does not fit its input",
        text(context.shape(1)),
        `a shape that broadcasts to ${text(shape)}`,
      );
    }
    return inferSame(context);
  },
  lower(context) {
    const x = context.value(0);
    const slopes = context.isConstant(1) ? new Set(context.values(1)) : null;
    if (slopes?.size === 1) {
      const [slope] = slopes;
      context.finish(emitUnary(context, "leakyRelu", x, slope));
      return;
    }
    const negative = emitUnary(context, "clip", x, -Infinity, 0);
    const scaled = emitArithmetic(
      context,
      "Mul",
      negative,
      context.value(1),
    );
    const positive = emitUnary(context, "relu", x);
    context.finish(emitArithmetic(context, "Add", positive, scaled));
  },
};
