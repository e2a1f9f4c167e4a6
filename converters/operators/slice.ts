/**
 * Slice.
 * @module
 */
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { stridedCopy, stridesOf } from "./values.ts";

/** Slice; its bounds are attributes before opset 10, inputs since. */
export const slice: Operator = {
  names: ["Slice"],
  infer(context) {
    return [{ dtype: context.input(0).dtype, shape: readSlice(context).size }];
  },
  evaluate(context) {
    const { begin, step, size } = readSlice(context);
    const strides = stridesOf(context.shape(0));
    const offset = begin.reduce((sum, from, axis) => sum + from * strides[axis], 0);
    const steps = strides.map((stride, axis) => stride * step[axis]);
    return [stridedCopy(context.input(0).data!, size, steps, offset)];
  },
  lower(context) {
    const { begin, step, size } = readSlice(context);
    const list = [...begin, ...step];
    context.finish(context.emit("Slice", [context.value(0)], { shape: size, list }));
  },
};

function readSlice(context: NodeContext) {
  const shape = context.shape(0);
  const [starts, ends, axes, steps] = context.opset < 10
    ? [context.numbers("starts"), context.numbers("ends"), context.numbers("axes"), null]
    : [
      context.constant(1, "start"),
      context.constant(2, "end"),
      context.constant(3, "axes"),
      context.constant(4, "steps"),
    ];
  if (!starts || !ends) return context.fail("its bounds are missing", "none", "starts and ends");
  const begin = shape.map(() => 0);
  const step = shape.map(() => 1);
  const size = [...shape];
  starts.forEach((start, i) => {
    const axis = context.axis(axes?.[i] ?? i, shape.length);
    const by = steps?.[i] ?? 1;
    const dim = shape[axis];
    if (by === 0) context.fail("its step is 0", "0", "another step");
    const within = (value: number, low: number, high: number) =>
      Math.min(Math.max(value < 0 ? value + dim : value, low), high);
    const from = by > 0 ? within(start, 0, dim) : within(start, 0, dim - 1);
    const to = by > 0
      ? within(ends[i], 0, dim)
      : ends[i] < -dim
      ? -1
      : within(ends[i], -1, dim - 1);
    begin[axis] = from;
    step[axis] = by;
    size[axis] = Math.max(Math.ceil((to - from) / by), 0);
  });
  return { begin, step, size };
}
