/**
 * Identity, and Dropout outside training, which is the same.
 * @module
 */
import type { Operator } from "./operator.ts";
import { inferSame } from "./unary.ts";

/** Passes its input on. */
export const identity: Operator = {
  names: ["Identity"],
  infer: inferSame,
  evaluate: (context) => [context.data(0)],
  lower: (context) => context.finish(context.value(0)),
};

/** Passes its input on; refused in training mode. */
export const dropout: Operator = {
  ...identity,
  names: ["Dropout"],
  infer(context) {
    if (context.opset >= 12 && context.scalar(2, "training mode")) {
      context.refuse("it is in training mode");
    }
    return inferSame(context);
  },
};
