/**
 * Operators that only move values: Concat, Slice, Pad, Reshape, Transpose; and MatMul.
 * @module
 */
import { type Context, eachIndex, stridesOf } from "./context.ts";

const f = Math.fround;

/** Joins the inputs along one axis. */
export function concat(context: Context<"Concat">): void {
  const { inputs, values, output, result, operator: { params: { axis } } } = context;
  const inner = output.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const row = output.shape[axis] * inner;
  let offset = 0;
  inputs.forEach((input, i) => {
    const length = input.shape[axis] * inner;
    for (
      let from = 0, to = offset;
      from < input.size;
      from += length, to += row
    ) {
      result.set(values[i].subarray(from, from + length), to);
    }
    offset += length;
  });
}

/** out[i] = x[begin + i·step] along every axis; steps may be negative. */
export function slice(
  { inputs: [x], values: [data], output, result, operator }: Context,
): void {
  const rank = x.shape.length;
  const strides = stridesOf(x.shape);
  eachIndex(output.shape, (index, flat) => {
    let from = 0;
    for (let axis = 0; axis < rank; axis++) {
      from += (operator.list[axis] + index[axis] * operator.list[rank + axis]) *
        strides[axis];
    }
    result[flat] = data[from];
  });
}

/** Surrounds x with a constant. */
export function pad(context: Context<"Pad">): void {
  const { inputs: [x], values: [data], output, result, operator } = context;
  const strides = stridesOf(output.shape);
  result.fill(operator.params.value);
  eachIndex(x.shape, (index, flat) => {
    let to = 0;
    index.forEach((i, axis) => to += (i + operator.list[axis]) * strides[axis]);
    result[to] = data[flat];
  });
}

/** The same elements in another shape. */
export function reshape({ values: [data], result }: Context): void {
  result.set(data);
}

/** out.shape[i] = x.shape[perm[i]]. */
export function transpose(
  { inputs: [x], values: [data], output, result, operator }: Context,
) {
  const strides = stridesOf(x.shape);
  eachIndex(output.shape, (index, flat) => {
    let from = 0;
    index.forEach((i, axis) => from += i * strides[operator.list[axis]]);
    result[flat] = data[from];
  });
}

/** a[…,M,K] × b[…,K,N], leading axes broadcast; sums run over K from first to last, float32. */
export function matMul(
  { inputs: [a, b], values: [x, y], output, result }: Context,
): void {
  const depth = a.shape[a.shape.length - 1];
  const [rows, columns] = output.shape.slice(-2);
  const batch = output.shape.slice(0, -2);
  const [stepsA, stepsB] = [a, b].map(({ shape }) => {
    const outer = shape.slice(0, -2);
    const unit = shape[shape.length - 2] * shape[shape.length - 1];
    const steps = stridesOf(outer).map((step, axis) => outer[axis] === 1 ? 0 : step * unit);
    return [
      ...new Array<number>(batch.length - outer.length).fill(0),
      ...steps,
    ];
  });
  eachIndex(batch, (index, flat) => {
    const baseA = index.reduce((sum, i, axis) => sum + i * stepsA[axis], 0);
    const baseB = index.reduce((sum, i, axis) => sum + i * stepsB[axis], 0);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          sum = f(
            sum +
              f(x[baseA + row * depth + k] * y[baseB + k * columns + column]),
          );
        }
        result[(flat * rows + row) * columns + column] = sum;
      }
    }
  });
}
