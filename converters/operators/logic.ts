/**
 * Comparisons and boolean functions. Truth values are 0 and 1 in the runtime.
 * @module
 */
import { emitArithmetic, evaluateBroadcast, inferBroadcast } from "./arithmetic.ts";
import { emitEqual, emitGreater, emitNot, emitStep, emitTruth } from "./conditions.ts";
import type { Lowering } from "./lowering.ts";
import type { Operator } from "./operator.ts";
import { emitUnary, inferSame } from "./unary.ts";
import { fromNumbers } from "./values.ts";

/** One comparison or boolean function of two operands. */
interface Comparison {
  readonly compute: (a: number, b: number) => boolean;
  readonly emit: (context: Lowering, a: string, b: string) => string;
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  Equal: { compute: (a, b) => a === b, emit: emitEqual },
  Less: { compute: (a, b) => a < b, emit: (context, a, b) => emitGreater(context, b, a) },
  LessOrEqual: {
    compute: (a, b) => a <= b,
    emit: (context, a, b) => emitNot(context, emitGreater(context, a, b)),
  },
  Greater: { compute: (a, b) => a > b, emit: emitGreater },
  GreaterOrEqual: {
    compute: (a, b) => a >= b,
    emit: (context, a, b) => emitNot(context, emitGreater(context, b, a)),
  },
  And: {
    compute: (a, b) => Boolean(a && b),
    emit: (context, a, b) => emitArithmetic(context, "Minimum", a, b),
  },
  Or: {
    compute: (a, b) => Boolean(a || b),
    emit: (context, a, b) => emitArithmetic(context, "Maximum", a, b),
  },
  Xor: {
    compute: (a, b) => Boolean(a) !== Boolean(b),
    emit: (context, a, b) =>
      emitUnary(context, "abs", emitArithmetic(context, "Add", a, b, { factorB: -1 })),
  },
};

/** Equal, Less, …, And, Or, Xor. */
export const comparisons: readonly Operator[] = Object.entries(COMPARISONS).map((
  [name, { compute, emit }],
): Operator => ({
  names: [name],
  takesIntegers: true,
  infer: (context) => [{ ...inferBroadcast(context)[0], dtype: "bool" }],
  evaluate: (context, [{ shape }]) => [
    fromNumbers(
      "bool",
      evaluateBroadcast(context, shape, (a, b) => Number(compute(a, b))),
    ),
  ],
  lower: (context) => context.finish(emit(context, context.value(0), context.value(1))),
}));

/** Boolean negation. */
export const not: Operator = {
  names: ["Not"],
  takesIntegers: true,
  infer: inferSame,
  evaluate: (context) => [
    fromNumbers("bool", context.values(0).map((value) => value ? 0 : 1)),
  ],
  lower: (context) => context.finish(emitNot(context, context.value(0))),
};

/** 1, 0 or −1. */
export const sign: Operator = {
  names: ["Sign"],
  takesIntegers: true,
  infer: inferSame,
  evaluate: (context, [{ dtype }]) => [fromNumbers(dtype, context.values(0).map(Math.sign))],
  lower(context) {
    const x = context.value(0);
    const below = emitStep(context, emitUnary(context, "neg", x));
    context.finish(
      emitArithmetic(context, "Add", emitStep(context, x), below, { factorB: -1 }),
    );
  },
};

/** Largest finite float32. */
const LARGEST = 2 ** 128 - 2 ** 104;

/** Whether a value is infinite; attributes leave one sign out. */
export const isInf: Operator = {
  names: ["IsInf"],
  takesIntegers: true,
  infer: (context) => [{ ...inferSame(context)[0], dtype: "bool" }],
  evaluate(context) {
    const [above, below] = infiniteSigns(context.number.bind(context));
    const counts = (x: number) => x === Infinity && above || x === -Infinity && below;
    return [fromNumbers("bool", context.values(0).map((x) => Number(counts(x))))];
  },
  lower(context) {
    const [above, below] = infiniteSigns(context.number.bind(context));
    const x = context.value(0);
    const signed = above ? below ? emitUnary(context, "abs", x) : x : emitUnary(context, "neg", x);
    if (!above && !below) return context.finish(emitNever(context, x));
    context.finish(emitGreater(context, signed, context.newConstant([], [LARGEST])));
  },
};

/** Which of the signs IsInf looks for. */
function infiniteSigns(attribute: (name: string, fallback: number) => number): boolean[] {
  return [attribute("detect_positive", 1) !== 0, attribute("detect_negative", 1) !== 0];
}

/** 0 whatever x is. */
function emitNever(context: Lowering, x: string): string {
  return emitStep(context, emitUnary(context, "clip", x, 0, 0));
}

/** Whether a value is NaN: then even its sigmoid is not above 0. */
export const isNaN: Operator = {
  names: ["IsNaN"],
  infer: (context) => [{ ...inferSame(context)[0], dtype: "bool" }],
  takesIntegers: true,
  evaluate: (context) => [
    fromNumbers("bool", context.values(0).map((x) => Number(Number.isNaN(x)))),
  ],
  lower(context) {
    const size = emitUnary(context, "abs", context.value(0));
    context.finish(emitNot(context, emitTruth(context, emitUnary(context, "sigmoid", size))));
  },
};
