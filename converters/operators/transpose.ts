/**
 * Transpose.
 * @module
 */
import type { Operator } from "./operator.ts";
import type { NodeContext } from "./node_context.ts";
import { transposeData } from "./values.ts";

/** Transpose; without `perm` it reverses the axes. */
export const transpose: Operator = {
  names: ["Transpose"],
  infer(context) {
    const shape = context.shape(0);
    return [{ dtype: context.input(0).dtype, shape: permOf(context).map((axis) => shape[axis]) }];
  },
  evaluate: (context) => [
    transposeData(context.input(0).data!, context.shape(0), permOf(context)),
  ],
  lower(context) {
    const shape = context.outputShape();
    const list = permOf(context);
    context.finish(context.emit("Transpose", [context.value(0)], { shape, list }));
  },
};

function permOf(context: NodeContext): number[] {
  const rank = context.shape(0).length;
  const perm = context.numbers("perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (perm.length !== rank) {
    context.fail("its perm has the wrong length", `[${perm}]`, `${rank} axes`);
  }
  return context.axes(perm, rank);
}
