/**
 * Identity, and Dropout outside training, which is the same.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator, TensorType } from "./operator.ts";
import { inferSame } from "./unary.ts";
import { fromNumbers } from "./values.ts";

/** Passes its input on. */
export const identity: Operator = {
  names: ["Identity", "OptionalGetElement"],
  takesIntegers: true,
  moves: true,
  infer: inferSame,
  evaluate: (context) => [context.data(0)],
  lower: (context) => context.finish(context.value(0)),
};

/** Which values a Dropout kept: outside training, all. */
function maskOf(context: NodeContext): TensorType {
  const shape = [...context.shape(0)];
  const dtype = context.opset < 10 ? context.input(0).dtype : "bool";
  const data = fromNumbers(dtype, new Array<number>(sizeOf(shape)).fill(1));
  return { dtype, shape, data };
}

/** Passes its input on; refused where it would drop some of it. */
export const dropout: Operator = {
  ...identity,
  names: ["Dropout"],
  infer(context) {
    if (context.opset >= 12 && context.scalar(2, "training mode")) {
      if ((context.scalar(1, "ratio") ?? 0.5) !== 0) context.refuse("it is in training mode");
    }
    return context.node.outputs[1] ? [...inferSame(context), maskOf(context)] : inferSame(context);
  },
  evaluate: (context, [, mask]) => [context.data(0), ...(mask?.data ? [mask.data] : [])],
};
