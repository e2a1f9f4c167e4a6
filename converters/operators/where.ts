/**
 * Where.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { inferBroadcast } from "./arithmetic.ts";
import { broadcastIndices } from "./broadcast.ts";
import { constantChoice, emitChoice, emitSelect } from "./conditions.ts";
import type { Operator } from "./operator.ts";
import { emptyLike } from "./values.ts";

/** Elements of one tensor or another, by a condition. */
export const where: Operator = {
  names: ["Where"],
  takesIntegers: true,
  infer(context) {
    const [{ shape }] = inferBroadcast(context);
    return [{ dtype: context.input(1).dtype, shape }];
  },
  evaluate(context, [{ shape }]) {
    const condition = context.values(0);
    const [yes, no] = [context.data(1), context.data(2)];
    const [ifs, yeses, nos] = [0, 1, 2].map((i) => broadcastIndices(context.shape(i), shape));
    const out = emptyLike(yes, sizeOf(shape));
    const to = out as Float64Array;
    for (let i = 0; i < to.length; i++) {
      to[i] = condition[ifs[i]] ? (yes as Float64Array)[yeses[i]] : (no as Float64Array)[nos[i]];
    }
    return [out];
  },
  lower(context) {
    const choice = context.isConstant(0)
      ? constantChoice(context, context.shape(0), context.values(0))
      : emitChoice(context, context.value(0));
    context.finish(emitSelect(context, choice, context.value(1), context.value(2)));
  },
};
