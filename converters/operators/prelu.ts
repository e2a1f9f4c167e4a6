/**
 * PRelu: x below 0 is multiplied by the slope.
 * @module
 */
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import type { Operator } from "./operator.ts";

/** One slope is a leakyRelu; a slope per channel is relu(x) + slope · min(x, 0). */
export const prelu: Operator = {
  names: ["PRelu"],
  infer(context) {
    if (!context.isConstant(1)) context.refuse("its slope is not constant");
    return [{ dtype: context.input(0).dtype, shape: context.shape(0) }];
  },
  lower(context) {
    const x = context.value(0);
    const shape = context.outputShape();
    const slope = context.input(1).data;
    if (slope?.length === 1) {
      const params = { kind: UNARY_KINDS.indexOf("leakyRelu"), alpha: Number(slope[0]) };
      return context.finish(context.emit("Unary", [x], { shape, params }));
    }
    const relu = context.emit("Unary", [x], { shape, params: { kind: 0 } });
    const clip = UNARY_KINDS.indexOf("clip");
    const params = { kind: clip, alpha: -Infinity, beta: 0 };
    const below = context.emit("Unary", [x], { shape, params });
    const scaled = context.emit("Mul", [below, context.value(1)], { shape });
    context.finish(context.emit("Add", [relu, scaled], { shape }));
  },
};
