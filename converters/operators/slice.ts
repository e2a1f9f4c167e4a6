/**
 * Slice and Split.
 * @module
 */
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { stridedCopy, stridesOf } from "./values.ts";

/** A part of a tensor: element `begin + i · step` along every axis. */
export interface Part {
  begin: number[];
  step: number[];
  shape: number[];
}

/** Emits a part of a core tensor, or the tensor itself where it is all of it. */
export function emitSlice(
  context: Lowering,
  value: string,
  { begin, step, shape }: Part,
): string {
  const whole = text(shape) === text(context.shapeOf(value)) &&
    step.every((by) => by === 1);
  return whole ? value : context.emit("Slice", [value], { shape, list: [...begin, ...step] });
}

/** The part of a tensor that has all of it but `size` from `begin` on along one axis. */
export function partAlong(
  shape: readonly number[],
  axis: number,
  begin: number,
  size: number,
  step = 1,
): Part {
  return {
    begin: shape.map((_, i) => i === axis ? begin : 0),
    step: shape.map((_, i) => i === axis ? step : 1),
    shape: shape.map((dim, i) => i === axis ? size : dim),
  };
}

/** Starts and ends as numpy takes them: negative from the end, then clamped. */
function partOf(context: NodeContext): Part {
  const shape = context.shape(0);
  const old = context.opset < 10;
  const list = (index: number, name: string) =>
    old ? context.numbers(name) : context.constant(index, name);
  const starts = list(1, "starts") ?? [];
  const ends = list(2, "ends") ?? [];
  const axes = context.axes(
    list(3, "axes") ?? starts.map((_, i) => i),
    shape.length,
  );
  const steps = (old ? null : context.constant(4, "steps")) ??
    starts.map(() => 1);
  const counts = [ends.length, axes.length, steps.length];
  if (counts.some((count) => count !== starts.length) || steps.includes(0)) {
    context.fail(
      "its starts, ends, axes and steps do not fit",
      [starts, ends, axes, steps].map(text).join(" "),
      "lists of one length, steps not 0",
    );
  }
  const part = partAlong(shape, -1, 0, 0);
  axes.forEach((axis, i) => {
    const dim = shape[axis];
    const step = steps[i];
    const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1];
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + dim : at, low), high);
    const begin = clamp(starts[i]);
    part.begin[axis] = begin;
    part.step[axis] = step;
    part.shape[axis] = Math.max(Math.ceil((clamp(ends[i]) - begin) / step), 0);
  });
  return part;
}

/** The input's data within a part. */
function copyPart(context: NodeContext, { begin, step, shape }: Part) {
  const strides = stridesOf(context.shape(0));
  const offset = begin.reduce((sum, at, axis) => sum + at * strides[axis], 0);
  const steps = strides.map((stride, axis) => stride * step[axis]);
  return stridedCopy(context.data(0), shape, steps, offset);
}

/** A part of the input. */
export const slice: Operator = {
  names: ["Slice"],
  takesIntegers: true,
  moves: true,
  infer(context) {
    const { shape } = partOf(context);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  evaluate: (context) => [copyPart(context, partOf(context))],
  lower: (context) => context.finish(emitSlice(context, context.value(0), partOf(context))),
};

/** Parts of a Split: given sizes, or as even as they go. */
function partsOf(context: NodeContext): Part[] {
  const shape = context.shape(0);
  const axis = context.axis(context.number("axis", 0), shape.length);
  const count = context.number("num_outputs", context.node.outputs.length);
  const size = Math.ceil(shape[axis] / count);
  const sizes = (context.opset < 13 ? context.numbers("split") : context.constant(1, "sizes")) ??
    context.node.outputs.map((_, i) => Math.max(Math.min(size, shape[axis] - i * size), 0));
  const total = sizes.reduce((sum, part) => sum + part, 0);
  const fits = sizes.length === context.node.outputs.length &&
    sizes.every((part) => part >= 0) && total === shape[axis];
  if (!fits) {
    context.fail(
      "its sizes do not fit its input",
      `${text(sizes)} of axis ${axis} of ${text(shape)}`,
      `${context.node.outputs.length} sizes with the sum ${shape[axis]}`,
    );
  }
  let begin = 0;
  return sizes.map((part) => {
    begin += part;
    return partAlong(shape, axis, begin - part, part);
  });
}

/** Cuts the input along an axis. */
export const split: Operator = {
  names: ["Split"],
  takesIntegers: true,
  moves: true,
  infer: (context) => {
    const { dtype } = context.input(0);
    return partsOf(context).map(({ shape }) => ({ dtype, shape }));
  },
  evaluate: (context) => partsOf(context).map((part) => copyPart(context, part)),
  lower(context) {
    partsOf(context).forEach((part, i) => {
      if (!context.node.outputs[i]) return;
      context.finish(emitSlice(context, context.value(0), part), i);
    });
  },
};
