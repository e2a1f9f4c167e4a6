/**
 * Conv over one, two or three axes.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import { checkConvolution, lowerConvolution } from "./convolution.ts";
import type { Operator } from "./operator.ts";

/** x[N,C,…] with w[O,C/groups,…] and bias[O]? gives out[N,O,…]. */
export const conv: Operator = {
  names: ["Conv"],
  infer(context) {
    const { shape } = checkConvolution(context, 1, 2);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const convolution = checkConvolution(context, 1, 2);
    const constantBias = context.isConstant(2) ? [context.value(2)] : [];
    const weights = {
      shape: context.shape(1),
      constant: context.constantFrom.bind(context, 1),
    };
    lowerConvolution(
      context,
      convolution,
      context.value(0),
      weights,
      constantBias,
      (value) =>
        context.has(2) && !context.isConstant(2)
          ? emitArithmetic(context, "Add", value, context.value(2))
          : value,
    );
  },
};
