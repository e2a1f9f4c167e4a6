/**
 * Add, Sub, Mul, Div, Pow and the variadic Sum, Mean, Max, Min, with numpy broadcasting.
 * @module
 */
import { type DType, sizeOf } from "../graph/graph.ts";
import { broadcastIndices, broadcastShapes } from "./broadcast.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator, TensorType } from "./operator.ts";
import { emitUnary } from "./unary.ts";
import { fromNumbers, isFloat } from "./values.ts";

type Compute = (a: number, b: number) => number;

/** Type and broadcast shape of all inputs together; the element type is that of the first. */
export function inferBroadcast(context: NodeContext): TensorType[] {
  const shapes = Array.from(
    { length: Math.max(context.inputCount, 1) },
    (_, i) => context.shape(i),
  );
  return [{
    dtype: context.input(0).dtype,
    shape: broadcastShapes(context, shapes),
  }];
}

/** Folds `compute` over all inputs, element by element. */
export function evaluateBroadcast(
  context: NodeContext,
  shape: readonly number[],
  compute: Compute,
): number[] {
  const operands = Array.from({ length: context.inputCount }, (_, i) => {
    const values = context.values(i);
    const indices = broadcastIndices(context.shape(i), shape);
    return (flat: number) => values[indices[flat]];
  });
  return Array.from(
    { length: sizeOf(shape) },
    (_, flat) => operands.map((value) => value(flat)).reduce(compute),
  );
}

/** Emits a two-operand operator on core tensors; they broadcast. */
export function emitArithmetic(
  context: Lowering,
  op: "Add" | "Mul" | "Div" | "Maximum" | "Minimum" | "Pow",
  a: string,
  b: string,
  params: { factorB?: number } = {},
): string {
  const shape = broadcastShapes(context, [
    context.shapeOf(a),
    context.shapeOf(b),
  ]);
  return op === "Add"
    ? context.emit("Add", [a, b], { shape, params })
    : context.emit(op, [a, b], { shape });
}

function binary(
  name: string,
  compute: (dtype: DType) => Compute,
  emit: (context: Lowering, a: string, b: string) => string,
): Operator {
  return {
    names: [name],
    infer: inferBroadcast,
    evaluate: (context, [{ dtype, shape }]) => [
      fromNumbers(dtype, evaluateBroadcast(context, shape, compute(dtype))),
    ],
    lower: (context) => context.finish(emit(context, context.value(0), context.value(1))),
  };
}

/** Division by a constant is multiplication by its reciprocal, where that is finite. */
function emitDiv(context: Lowering, a: string, b: string): string {
  if (!context.isConstant(1)) return emitArithmetic(context, "Div", a, b);
  const inverse = Float32Array.from(context.values(1), (x) => 1 / x);
  if (!inverse.every((x) => Number.isFinite(x) && x !== 0)) {
    return emitArithmetic(context, "Div", a, b);
  }
  const shape = context.shape(1);
  const factor = context.constantFrom(1, "inverse", shape, () => inverse);
  return emitArithmetic(context, "Mul", a, factor);
}

/** Squares and roots have exact forms of their own. */
function emitPow(context: Lowering, a: string, b: string): string {
  const exponents = context.isConstant(1) ? context.values(1) : [];
  const stretches = context.shape(1).length > context.shape(0).length;
  if (exponents.length === 1 && !stretches) {
    if (exponents[0] === 2) return emitArithmetic(context, "Mul", a, a);
    if (exponents[0] === 0.5) return emitUnary(context, "sqrt", a);
  }
  return emitArithmetic(context, "Pow", a, b);
}

/** The two-operand operators. */
export const binaryOperators: readonly Operator[] = [
  binary(
    "Add",
    () => (a, b) => a + b,
    (context, a, b) => emitArithmetic(context, "Add", a, b),
  ),
  binary(
    "Sub",
    () => (a, b) => a - b,
    (context, a, b) => emitArithmetic(context, "Add", a, b, { factorB: -1 }),
  ),
  binary(
    "Mul",
    () => (a, b) => a * b,
    (context, a, b) => emitArithmetic(context, "Mul", a, b),
  ),
  binary(
    "Div",
    (dtype) => isFloat(dtype) ? (a, b) => a / b : (a, b) => Math.trunc(a / b),
    emitDiv,
  ),
  binary("Pow", () => Math.pow, emitPow),
];

function variadic(
  name: string,
  op: "Add" | "Maximum" | "Minimum",
  compute: Compute,
  mean = false,
): Operator {
  return {
    names: [name],
    infer: inferBroadcast,
    takesIntegers: op !== "Add",
    evaluate(context, [{ dtype, shape }]) {
      const count = mean ? context.inputCount : 1;
      const values = evaluateBroadcast(context, shape, compute);
      return [fromNumbers(dtype, values.map((value) => value / count))];
    },
    lower(context) {
      const values = Array.from(
        { length: context.inputCount },
        (_, i) => context.value(i),
      );
      let value = values.reduce((a, b) => emitArithmetic(context, op, a, b));
      if (mean && values.length > 1) {
        const factor = context.newConstant([], [1 / values.length]);
        value = emitArithmetic(context, "Mul", value, factor);
      }
      context.finish(value);
    },
  };
}

/** The operators on any number of operands. */
export const variadicOperators: readonly Operator[] = [
  variadic("Sum", "Add", (a, b) => a + b),
  variadic("Mean", "Add", (a, b) => a + b, true),
  variadic("Max", "Maximum", (a, b) => Math.max(a, b)),
  variadic("Min", "Minimum", (a, b) => Math.min(a, b)),
];
