/**
 * Pad with a constant.
 * @module
 */
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitSlice } from "./slice.ts";

/** Padding before and behind each axis; negative takes away. */
interface Padding {
  before: number[];
  after: number[];
  value: number;
}

function paddingOf(context: NodeContext): Padding {
  const mode = context.string("mode", "constant");
  if (mode !== "constant") context.refuse(`its mode is "${mode}"`);
  const rank = context.shape(0).length;
  const old = context.opset < 11;
  const pads = (old ? context.numbers("pads") : context.constant(1, "pads")) ??
    [];
  const value = old ? context.number("value", 0) : context.scalar(2, "value") ?? 0;
  const axes = old || !context.has(3)
    ? Array.from({ length: rank }, (_, axis) => axis)
    : context.axes(context.constant(3, "axes") ?? [], rank);
  if (pads.length !== 2 * axes.length) {
    context.fail(
      "its pads do not fit its input",
      text(pads),
      `${2 * axes.length} numbers`,
    );
  }
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    before[axis] = pads[i];
    after[axis] = pads[i + axes.length];
  });
  return { before, after, value };
}

/** Surrounds the input with one value. */
export const pad: Operator = {
  names: ["Pad"],
  infer(context) {
    const { before, after } = paddingOf(context);
    return [{
      dtype: context.input(0).dtype,
      shape: context.shape(0).map((dim, axis) => before[axis] + dim + after[axis]),
    }];
  },
  lower(context) {
    const { before, after, value } = paddingOf(context);
    const cut = emitSlice(context, context.value(0), {
      begin: before.map((pad) => Math.max(-pad, 0)),
      step: before.map(() => 1),
      shape: context.shape(0).map((dim, axis) =>
        dim + Math.min(before[axis], 0) + Math.min(after[axis], 0)
      ),
    });
    const list = before.map((pad) => Math.max(pad, 0));
    const grows = [...before, ...after].some((pad) => pad > 0);
    context.finish(
      grows
        ? context.emit("Pad", [cut], {
          shape: context.outputShape(),
          params: { value },
          list,
        })
        : cut,
    );
  },
};
