/**
 * Pad.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emptyLike, stridedIndices, stridesOf } from "./values.ts";

/** Pad with a constant; negative pads cut. Its sizes are attributes before opset 11. */
export const pad: Operator = {
  names: ["Pad"],
  infer(context) {
    const { before, after } = readPad(context);
    const shape = context.shape(0).map((dim, axis) => dim + before[axis] + after[axis]);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  evaluate(context, [{ shape }]) {
    const { before, after, value } = readPad(context);
    if ([...before, ...after].some((count) => count < 0)) {
      return context.refuse("it cuts a constant");
    }
    const data = context.input(0).data as Float64Array;
    const out = emptyLike(data, sizeOf(shape)).fill(value);
    const strides = stridesOf(shape);
    const offset = before.reduce((sum, count, axis) => sum + count * strides[axis], 0);
    stridedIndices(context.shape(0), strides, offset).forEach((to, i) => out[to] = data[i]);
    return [out];
  },
  lower(context) {
    const { before, after, value } = readPad(context);
    let x = context.value(0);
    const cut = (count: number) => Math.max(-count, 0);
    const grow = (count: number) => Math.max(count, 0);
    let shape = context.shape(0);
    if ([...before, ...after].some((count) => count < 0)) {
      shape = shape.map((dim, axis) => dim - cut(before[axis]) - cut(after[axis]));
      x = context.emit("Slice", [x], { shape, list: [...before.map(cut), ...before.map(() => 1)] });
    }
    shape = shape.map((dim, axis) => dim + grow(before[axis]) + grow(after[axis]));
    context.finish(context.emit("Pad", [x], { shape, params: { value }, list: before.map(grow) }));
  },
};

function readPad(context: NodeContext) {
  const rank = context.shape(0).length;
  const mode = context.string("mode", "constant");
  if (mode !== "constant") context.refuse(`its mode is "${mode}"`);
  const old = context.opset < 11;
  const pads = old ? context.numbers("pads") : context.constant(1, "pads");
  const value = old ? context.number("value", 0) : context.scalar(2, "value") ?? 0;
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  const axes = context.constant(3, "axes") ?? before.map((_, axis) => axis);
  if (pads?.length !== 2 * axes.length) {
    context.fail("its pads do not fit", `[${pads}]`, `${2 * axes.length} numbers`);
  }
  context.axes(axes, rank).forEach((axis, i) => {
    before[axis] = pads![i];
    after[axis] = pads![i + axes.length];
  });
  return { before, after, value };
}
