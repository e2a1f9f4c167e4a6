/**
 * BatchNormalization at inference: y = (x − mean) / √(var + ε) · scale + B.
 * @module
 */
import type { Operator } from "./operator.ts";
import { toFloat32 } from "./values.ts";

/** Lowered to Mul and Add per channel. */
export const batchNormalization: Operator = {
  names: ["BatchNormalization"],
  infer(context) {
    const { dtype } = context.input(0);
    const shape = context.shapeOfRank(0, 2, 5);
    if (context.number("training_mode", 0)) context.refuse("it is in training mode");
    for (let i = 1; i < 5; i++) {
      if (!context.isConstant(i)) context.refuse("its statistics are not constant");
      if (context.shape(i).join() !== `${shape[1]}`) {
        context.fail(
          "its statistics have the wrong shape",
          `[${context.shape(i)}]`,
          `[${shape[1]}]`,
        );
      }
    }
    return [{ dtype, shape }];
  },
  lower(context) {
    const shape = context.shape(0);
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) =>
      toFloat32(context.input(i).data!)
    );
    const epsilon = context.number("epsilon", 1e-5);
    const scale = Array.from(gamma, (value, c) => value / Math.sqrt(variance[c] + epsilon));
    const shift = Array.from(beta, (value, c) => value - mean[c] * scale[c]);
    const perChannel = [shape[1], ...shape.slice(2).map(() => 1)];
    const scaled = context.emit("Mul", [context.value(0), context.newConstant(perChannel, scale)], {
      shape,
    });
    const shifted = context.newConstant(perChannel, shift);
    context.finish(context.emit("Add", [scaled, shifted], { shape }));
  },
};
