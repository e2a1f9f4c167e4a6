/**
 * Elementwise operators on two inputs or more, with numpy broadcasting.
 * @module
 */
import { broadcastIndices, broadcastShapes } from "./broadcast.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers, isFloat, toNumbers } from "./values.ts";

type Compute = (a: number, b: number) => number;

const COMPUTE: Record<string, Compute> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Sum: (a, b) => a + b,
  Mean: (a, b) => a + b,
  Max: Math.max,
  Min: Math.min,
};

function inferShape(context: NodeContext) {
  const shapes = Array.from({ length: context.inputCount }, (_, i) => context.shape(i));
  return [{ dtype: context.input(0).dtype, shape: broadcastShapes(context, shapes) }];
}

function evaluate(context: NodeContext, shape: readonly number[]) {
  const { dtype } = context.input(0);
  const { op } = context.node;
  const compute = COMPUTE[op];
  const values = Array.from({ length: context.inputCount }, (_, i) => {
    const data = toNumbers(context.input(i).data!);
    const indices = broadcastIndices(context.shape(i), shape);
    return Array.from(indices, (index) => data[index]);
  });
  const total = values.reduce((left, right) => left.map((a, i) => compute(a, right[i])));
  if (op === "Mean") return [fromNumbers(dtype, total.map((sum) => sum / values.length))];
  // Integer division truncates (ONNX Div).
  const exact = op === "Div" && !isFloat(dtype) ? total.map(Math.trunc) : total;
  return [fromNumbers(dtype, exact)];
}

function emitPair(context: Lowering, op: string, a: string, b: string): string {
  const rank = Math.max(context.shapeOf(a).length, context.shapeOf(b).length);
  const dim = (shape: readonly number[], axis: number) => shape[axis - rank + shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [dim(context.shapeOf(a), axis), dim(context.shapeOf(b), axis)];
    return left === 1 ? right : left;
  });
  switch (op) {
    case "Sub":
      return context.emit("Add", [a, b], { shape, params: { factorB: -1 } });
    case "Mul":
      return context.emit("Mul", [a, b], { shape });
    case "Div":
      return context.emit("Div", [a, b], { shape });
    case "Pow":
      return context.emit("Pow", [a, b], { shape });
    case "Max":
      return context.emit("Maximum", [a, b], { shape });
    case "Min":
      return context.emit("Minimum", [a, b], { shape });
    default:
      return context.emit("Add", [a, b], { shape });
  }
}

/** Add, Sub, Mul, Div and Pow. */
export const binary: Operator = {
  names: ["Add", "Sub", "Mul", "Div", "Pow"],
  infer(context) {
    if (context.opset < 7) context.refuse("its broadcasting is that of opset 6");
    return inferShape(context);
  },
  evaluate: (context, [{ shape }]) => evaluate(context, shape),
  lower(context) {
    context.finish(emitPair(context, context.node.op, context.value(0), context.value(1)));
  },
};

/** Sum, Mean, Max and Min of one input or more. */
export const variadic: Operator = {
  names: ["Sum", "Mean", "Max", "Min"],
  infer: inferShape,
  evaluate: (context, [{ shape }]) => evaluate(context, shape),
  lower(context) {
    const { op } = context.node;
    const count = context.inputCount;
    let value = context.value(0);
    for (let i = 1; i < count; i++) value = emitPair(context, op, value, context.value(i));
    if (op === "Mean" && count > 1) {
      const share = context.newConstant([], [1 / count]);
      value = context.emit("Mul", [value, share], { shape: context.outputShape() });
    }
    context.finish(value);
  },
};
