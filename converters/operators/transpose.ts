/**
 * Transpose.
 * @module
 */
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { transposeData } from "./values.ts";

function permutation(context: NodeContext): number[] {
  const rank = context.shape(0).length;
  const perm = context.numbers("perm") ??
    Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (perm.length !== rank) {
    context.fail(
      "its permutation does not fit its input",
      text(perm),
      `${rank} axes`,
    );
  }
  return context.axes(perm, rank);
}

/** Axes in another order; reversed by default. */
export const transpose: Operator = {
  names: ["Transpose"],
  takesIntegers: true,
  moves: true,
  infer(context) {
    const shape = context.shape(0);
    return [{
      dtype: context.input(0).dtype,
      shape: permutation(context).map((axis) => shape[axis]),
    }];
  },
  evaluate: (context) => [
    transposeData(context.data(0), context.shape(0), permutation(context)),
  ],
  lower(context) {
    context.finish(
      context.emit("Transpose", [context.value(0)], {
        shape: context.outputShape(),
        list: permutation(context),
      }),
    );
  },
};
