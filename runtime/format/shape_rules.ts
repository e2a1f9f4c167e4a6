/**
 * What shape and element type each operator's output must have, from its inputs and parameters.
 * The reader holds every file to it, so that kernels need no checks of their own. One rule an
 * operator, exported by its name; calls are marked pure, so that a bundle drops unused ones.
 * @module
 */
import type { ModelTensor } from "./model.ts";
import { REDUCE_KINDS, UNARY_KINDS } from "./operators.ts";
import {
  activation,
  all,
  floats,
  type Rule,
  same,
  sameShape,
  types,
  uniform,
  unscaled,
  wrongFactor,
  wrongShape,
} from "./rules.ts";
import { averagePool2d, conv2d, depthwiseConv2d, fullyConnected, pool } from "./window_rules.ts";

/** A kind that is not in the list. */
const wrongKind = ({ kind }: Record<string, number>, kinds: readonly string[]) =>
  kinds[kind] === undefined ? `kind ${kind}` : null;

const broadcast: Rule = ({ inputs: [a, b], output }) => {
  const wanted: number[] = [];
  const length = Math.max(a.shape.length, b.shape.length);
  for (let i = 0; i < length; i++) {
    const left = a.shape[a.shape.length - length + i] ?? 1;
    const right = b.shape[b.shape.length - length + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      return `shapes ${a.shape} and ${b.shape}`;
    }
    wanted.push(left === 1 ? right : left);
  }
  return wrongShape(output, wanted);
};

export const Conv2D: Rule = conv2d;
export const DepthwiseConv2D: Rule = depthwiseConv2d;
export const FullyConnected: Rule = fullyConnected;
export const MatMul: Rule = /* @__PURE__ */ all(floats, ({ inputs: [a, b], output }) => {
  if (a.shape.length < 2 || b.shape.length < 2) return "rank below 2";
  const [rows, depth] = a.shape.slice(-2);
  const [depthB, columns] = b.shape.slice(-2);
  if (depth !== depthB) return `shapes ${a.shape} and ${b.shape}`;
  const outer = (tensor: ModelTensor) => ({
    ...tensor,
    shape: tensor.shape.slice(0, -2),
  });
  if (!same(output.shape.slice(-2), [rows, columns])) {
    return `output shape ${output.shape}`;
  }
  return broadcast({
    inputs: [outer(a), outer(b)],
    output: outer(output),
    params: {},
    list: [],
  });
});
export const Add: Rule = /* @__PURE__ */ all(uniform, broadcast);
export const Mul: Rule = /* @__PURE__ */ all(uniform, broadcast);
export const Div: Rule = /* @__PURE__ */ all(floats, broadcast);
export const Maximum: Rule = /* @__PURE__ */ all(floats, broadcast);
export const Minimum: Rule = /* @__PURE__ */ all(floats, broadcast);
export const Pow: Rule = /* @__PURE__ */ all(floats, broadcast);
export const MaxPool2D: Rule = /* @__PURE__ */ all(unscaled, pool);
export const AveragePool2D: Rule = averagePool2d;
export const Reduce: Rule = /* @__PURE__ */ all(
  ({ params }) => wrongKind(params, REDUCE_KINDS),
  floats,
  ({ inputs: [x], output, list }) => {
    const axes = new Set(list);
    if (
      axes.size !== list.length ||
      list.some((axis) => axis < 0 || axis >= x.shape.length)
    ) {
      return `axes ${list}`;
    }
    const kept = x.shape.map((dim, axis) => axes.has(axis) ? 1 : dim);
    const dropped = x.shape.filter((_, axis) => !axes.has(axis));
    return wrongShape(output, kept) && wrongShape(output, dropped);
  },
);
export const Softmax: Rule = /* @__PURE__ */ all(
  floats,
  sameShape,
  ({ inputs: [x] }) => x.shape.length ? null : "a scalar",
);
export const Concat: Rule = /* @__PURE__ */ all(
  unscaled,
  ({ inputs, output, params: { axis } }) => {
    const [first] = inputs;
    if (axis < 0 || axis >= first.shape.length) return `axis ${axis}`;
    const total = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
    const wanted = first.shape.with(axis, total);
    const fits = inputs.every(({ shape }) =>
      shape.length === wanted.length && same(shape.with(axis, total), wanted)
    );
    return fits ? wrongShape(output, wanted) : "inputs of different shapes";
  },
);
export const Slice: Rule = /* @__PURE__ */ all(unscaled, ({ inputs: [x], output, list }) => {
  const length = x.shape.length;
  if (list.length !== 2 * length || output.shape.length !== length) {
    return `list of ${list.length}`;
  }
  const inside = x.shape.every((dim, axis) => {
    const begin = list[axis];
    const last = begin + (output.shape[axis] - 1) * list[length + axis];
    return begin >= 0 && begin < dim && last >= 0 && last < dim;
  });
  return inside ? null : "a slice outside of its input";
});
export const Pad: Rule = /* @__PURE__ */ all(
  unscaled,
  ({ inputs: [x], output, list, params: { value } }) => {
    if (list.length !== x.shape.length || output.shape.length !== list.length) {
      return "list length";
    }
    if (
      x.dtype === "int8" &&
      !(Number.isInteger(value) && value >= -128 && value <= 127)
    ) {
      return `value ${value}`;
    }
    const inside = x.shape.every((dim, axis) =>
      list[axis] >= 0 && list[axis] + dim <= output.shape[axis]
    );
    return inside ? null : "an input outside of the padded output";
  },
);
export const Reshape: Rule = /* @__PURE__ */ all(
  unscaled,
  ({ inputs: [x], output }) => x.size === output.size ? null : "size",
);
export const Transpose: Rule = /* @__PURE__ */ all(unscaled, ({ inputs: [x], output, list }) => {
  const wanted = x.shape.map((_, axis) => axis);
  if (!same(list.toSorted((a, b) => a - b), wanted)) return `perm ${list}`;
  return wrongShape(output, list.map((axis) => x.shape[axis]));
});
export const Unary: Rule = /* @__PURE__ */ all(
  ({ params }) => wrongKind(params, UNARY_KINDS),
  floats,
  sameShape,
);
export const Table: Rule = /* @__PURE__ */ all(
  sameShape,
  ({ inputs: [x, table], output }) =>
    types([x, table, output], "int8") ??
      (table.data && table.size === 256 ? null : "a table of 256 constants"),
);
export const Quantize: Rule = /* @__PURE__ */ all(
  activation,
  sameShape,
  ({ inputs: [x], output, params }) => types([x, output], "float32", "int8") ?? wrongFactor(params),
);
export const Dequantize: Rule = /* @__PURE__ */ all(
  sameShape,
  ({ inputs: [x], output }) => types([x, output], "int8", "float32"),
);
export const Gather: Rule = /* @__PURE__ */ all(
  floats,
  ({ inputs: [x, places], output }) =>
    x.shape.length ? wrongShape(output, [...places.shape, ...x.shape.slice(1)]) : "a scalar",
);
export const ArgSort: Rule = /* @__PURE__ */ all(
  floats,
  sameShape,
  ({ inputs: [x] }) => x.shape.length ? null : "a scalar",
);
