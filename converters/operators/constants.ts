/**
 * Operators that make constants: Constant, ConstantOfShape, Range, Shape, Size. They always fold.
 * @module
 */
import { sizeOf, type Tensor } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { copyElements, emptyLike, fromNumbers } from "./values.ts";

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "dtype" in value;
}

function constantOf(context: NodeContext): Tensor {
  const { node } = context;
  const name = node.outputs[0];
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes;
  if (isTensor(value)) return value;
  const floats = value_float !== undefined || value_floats !== undefined;
  const scalar = value_float ?? value_int;
  const list = value_floats ?? value_ints;
  const numbers = scalar === undefined ? list : [scalar];
  if (!Array.isArray(numbers)) context.refuse("its value is no tensor of numbers");
  const dtype = floats ? "float32" : "int64";
  return {
    name,
    dtype,
    shape: scalar === undefined ? [numbers.length] : [],
    data: fromNumbers(dtype, numbers.map(Number)),
  };
}

/** A tensor, number or list of numbers that stands in the model. */
export const constant: Operator = {
  names: ["Constant"],
  infer(context) {
    const { dtype, shape, data } = constantOf(context);
    if (!shape || !data) return context.refuse(`its value has type ${dtype}`);
    return [{ dtype, shape: [...shape] }];
  },
  evaluate: (context) => {
    const { data } = constantOf(context);
    return data ? [data] : [];
  },
};

/** A tensor of one value. */
export const constantOfShape: Operator = {
  names: ["ConstantOfShape"],
  infer(context) {
    const { value } = context.node.attributes;
    const shape = context.constant(0, "shape") ?? [];
    return [{ dtype: isTensor(value) ? value.dtype : "float32", shape }];
  },
  evaluate(context, [{ shape }]) {
    const { value } = context.node.attributes;
    const data = isTensor(value) && value.data || new Float32Array(1);
    const out = emptyLike(data, sizeOf(shape));
    for (let i = 0; i < out.length; i++) copyElements(data, 0, 1, out, i);
    return [out];
  },
};

function rangeOf(context: NodeContext): number[] {
  const [start, limit, delta] = ["start", "limit", "delta"].map((what, i) =>
    context.scalar(i, what) ?? NaN
  );
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!(count < 2 ** 24)) {
    context.fail(
      "its range is not possible",
      `${start} to ${limit} by ${delta}`,
      "at most 2^24 numbers",
    );
  }
  return Array.from({ length: count }, (_, i) => start + i * delta);
}

/** Evenly spaced numbers. */
export const range: Operator = {
  names: ["Range"],
  infer(context) {
    const { length } = rangeOf(context);
    return [{ dtype: context.input(0).dtype, shape: [length] }];
  },
  evaluate: (context, [{ dtype }]) => [fromNumbers(dtype, rangeOf(context))],
};

/** The input's shape, or since opset 15 a part of it. */
function shapePart(context: NodeContext): number[] {
  const shape = context.shape(0);
  const { length } = shape;
  return shape.slice(
    context.number("start", 0),
    context.number("end", length),
  );
}

/** Dimensions of the input. */
export const shape: Operator = {
  names: ["Shape"],
  shapesOnly: true,
  infer: (context) => [{ dtype: "int64", shape: [shapePart(context).length] }],
  evaluate: (context) => [fromNumbers("int64", shapePart(context))],
};

/** Number of elements of the input. */
export const size: Operator = {
  names: ["Size"],
  shapesOnly: true,
  infer(context) {
    context.shape(0);
    return [{ dtype: "int64", shape: [] }];
  },
  evaluate: (context) => [fromNumbers("int64", [sizeOf(context.shape(0))])],
};
