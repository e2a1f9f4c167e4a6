/**
 * Constant, ConstantOfShape, Shape, Size and Range: known before the model runs.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { Tensor } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers, toNumbers } from "./values.ts";

/** Constant. */
export const constant: Operator = {
  names: ["Constant"],
  infer(context) {
    const { dtype, shape } = constantValue(context);
    return [{ dtype, shape: shape ?? [] }];
  },
  evaluate: (context) => [constantValue(context).data!],
};

function constantValue(context: NodeContext): Tensor {
  const { value, value_float, value_int, value_floats, value_ints } = context.node.attributes;
  if (value && typeof value === "object" && "dtype" in value) return value;
  const scalar = value_float ?? value_int;
  const list = value_floats ?? value_ints;
  const dtype = value_float !== undefined || value_floats ? "float32" : "int64";
  if (typeof scalar === "number") {
    return { name: "", dtype, shape: [], data: fromNumbers(dtype, [scalar]) };
  }
  if (Array.isArray(list)) {
    const numbers = list.map(Number);
    return { name: "", dtype, shape: [numbers.length], data: fromNumbers(dtype, numbers) };
  }
  return context.refuse("its value is of a kind that kedge does not take");
}

/** ConstantOfShape. */
export const constantOfShape: Operator = {
  names: ["ConstantOfShape"],
  infer(context) {
    return [{ dtype: fill(context).dtype, shape: context.constant(0, "shape") ?? [] }];
  },
  evaluate(context, [{ dtype, shape }]) {
    const value = toNumbers(fill(context).data!)[0];
    return [fromNumbers(dtype, new Array(sizeOf(shape)).fill(value))];
  },
};

function fill(context: NodeContext): Tensor {
  const { value } = context.node.attributes;
  if (value && typeof value === "object" && "dtype" in value) return value;
  return { name: "", dtype: "float32", shape: [1], data: new Float32Array(1) };
}

/** Shape and Size, from the input's shape alone. */
export const shapeOf: Operator = {
  names: ["Shape", "Size"],
  shapesOnly: true,
  infer(context) {
    const shape = context.node.op === "Size" ? [] : [dims(context).length];
    return [{ dtype: "int64", shape }];
  },
  evaluate(context) {
    const values = context.node.op === "Size" ? [sizeOf(context.shape(0))] : dims(context);
    return [fromNumbers("int64", values)];
  },
};

function dims(context: NodeContext): number[] {
  const shape = context.shape(0);
  const start = context.number("start", 0);
  const end = context.number("end", shape.length);
  return shape.slice(start, end);
}

/** Range. */
export const range: Operator = {
  names: ["Range"],
  infer(context) {
    const [start, limit, delta] = [0, 1, 2].map((i) => context.scalar(i, "bounds") ?? 0);
    const count = Math.max(Math.ceil((limit - start) / delta), 0);
    return [{ dtype: context.input(0).dtype, shape: [count] }];
  },
  evaluate(context, [{ dtype, shape }]) {
    const [start, , delta] = [0, 1, 2].map((i) => context.scalar(i, "bounds") ?? 0);
    return [fromNumbers(dtype, Array.from({ length: shape[0] }, (_, i) => start + i * delta))];
  },
};
