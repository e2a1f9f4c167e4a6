/**
 * Comparisons, boolean functions, Where and Mod: only for constants, in shape arithmetic.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { evaluateBroadcast, inferBroadcast } from "./arithmetic.ts";
import { broadcastIndices } from "./broadcast.ts";
import type { Operator } from "./operator.ts";
import { inferSame } from "./unary.ts";
import { emptyLike, fromNumbers, isFloat } from "./values.ts";

const COMPARISONS: Readonly<
  Record<string, (a: number, b: number) => boolean>
> = {
  Equal: (a, b) => a === b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  And: (a, b) => Boolean(a && b),
  Or: (a, b) => Boolean(a || b),
  Xor: (a, b) => Boolean(a) !== Boolean(b),
};

/** Equal, Less, …, And, Or, Xor. */
export const comparisons: readonly Operator[] = Object.entries(COMPARISONS)
  .map(([name, compare]) => ({
    names: [name],
    infer: (context) => [{ ...inferBroadcast(context)[0], dtype: "bool" }],
    evaluate: (context, [{ shape }]) => [
      fromNumbers(
        "bool",
        evaluateBroadcast(context, shape, (a, b) => Number(compare(a, b))),
      ),
    ],
  }));

/** Boolean negation. */
export const not: Operator = {
  names: ["Not"],
  infer: inferSame,
  evaluate: (context) => [
    fromNumbers("bool", context.values(0).map((value) => value ? 0 : 1)),
  ],
};

/** Remainder with the sign of the divisor; of the dividend for floats and with `fmod`. */
export const mod: Operator = {
  names: ["Mod"],
  infer: inferBroadcast,
  evaluate(context, [{ dtype, shape }]) {
    const truncated = isFloat(dtype) || context.number("fmod", 0) === 1;
    return [fromNumbers(
      dtype,
      evaluateBroadcast(
        context,
        shape,
        truncated ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b),
      ),
    )];
  },
};

/** Elements of one tensor or another, by a condition. */
export const where: Operator = {
  names: ["Where"],
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
};
