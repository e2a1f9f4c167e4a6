/**
 * Identity and Dropout, which do nothing at inference.
 * @module
 */
import type { Operator } from "./operator.ts";

/** Passed through. */
export const identity: Operator = {
  names: ["Identity", "Dropout"],
  infer(context) {
    if (context.node.op === "Dropout" && context.has(2) && context.scalar(2, "training mode")) {
      context.refuse("it is in training mode");
    }
    return [{ dtype: context.input(0).dtype, shape: context.shape(0) }];
  },
  evaluate: (context) => [context.input(0).data!],
  lower: (context) => context.finish(context.value(0)),
};
