/**
 * Where operators that move values take each of them from.
 * @module
 */
import { sizeOf } from "../../graph/graph.ts";
import type { StepInput } from "./step.ts";

/** Input and place of every element of the output; input −1 is a Pad's own value. */
export function sourcesOf({ node, inputs, output }: StepInput): {
  input: Int32Array;
  place: Int32Array;
} {
  const size = output.values.length;
  const input = new Int32Array(size).fill(-1);
  const place = new Int32Array(size);
  const [x] = inputs;
  const rank = x.shape.length;
  const strides = (shape: readonly number[]) =>
    shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const from = strides(x.shape);
  const to = strides(output.shape);
  const digits = (flat: number, shape: readonly number[], steps: readonly number[]) =>
    shape.map((dim, axis) => Math.floor(flat / steps[axis]) % dim);
  const put = (at: number, which: number, where: number) => {
    input[at] = which;
    place[at] = where;
  };
  const dot = (index: readonly number[], steps: readonly number[]) =>
    index.reduce((sum, i, axis) => sum + i * steps[axis], 0);
  if (node.op === "Concat") {
    const inner = sizeOf(output.shape.slice(node.params.axis + 1));
    let offset = 0;
    inputs.forEach(({ shape, values }, which) => {
      const length = shape[node.params.axis] * inner;
      const row = output.shape[node.params.axis] * inner;
      values.forEach((_, i) => put(Math.floor(i / length) * row + offset + i % length, which, i));
      offset += length;
    });
  } else if (node.op === "Pad") {
    x.values.forEach((_, i) => {
      const index = digits(i, x.shape, from).map((at, axis) => at + node.list[axis]);
      put(dot(index, to), 0, i);
    });
  } else {
    for (let i = 0; i < size; i++) {
      if (node.op === "Reshape") {
        put(i, 0, i);
        continue;
      }
      const index = digits(i, output.shape, to);
      const steps = node.op === "Slice"
        ? index.map((at, axis) => node.list[axis] + at * node.list[rank + axis])
        : x.shape.map((_, axis) => index[node.list.indexOf(axis)]);
      put(i, 0, dot(steps, from));
    }
  }
  return { input, place };
}
