/**
 * Pad and CenterCropPad.
 * @module
 */
import type { Lowering } from "./lowering.ts";
import { emitSelection } from "./linear_map.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitSlice } from "./slice.ts";

/** Padding before and behind each axis; negative takes away. */
interface Padding {
  before: number[];
  after: number[];
}

/** Place in an axis of `size` that each mode takes a place outside of it from. */
const MODES: Readonly<Record<string, (at: number, size: number) => number>> = {
  edge: (at, size) => Math.min(Math.max(at, 0), size - 1),
  wrap: (at, size) => at - size * Math.floor(at / size),
  reflect(at, size) {
    const period = Math.max(2 * (size - 1), 1);
    const place = at - period * Math.floor(at / period);
    return Math.min(place, period - place) % size;
  },
};

function paddingOf(context: NodeContext): Padding {
  const mode = context.string("mode", "constant");
  if (mode !== "constant" && !MODES[mode]) context.refuse(`its mode is "${mode}"`);
  const rank = context.shape(0).length;
  const old = context.opset < 11;
  const pads = (old ? context.numbers("pads") : context.constant(1, "pads")) ??
    [];
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
  return { before, after };
}

function valueOf(context: NodeContext): number {
  return context.opset < 11 ? context.number("value", 0) : context.scalar(2, "value") ?? 0;
}

/** Emits what negative padding leaves of a value. */
function emitCut(context: Lowering, value: string, { before, after }: Padding): string {
  return emitSlice(context, value, {
    begin: before.map((pad) => Math.max(-pad, 0)),
    step: before.map(() => 1),
    shape: context.shapeOf(value).map((dim, axis) =>
      dim + Math.min(before[axis], 0) + Math.min(after[axis], 0)
    ),
  });
}

/** Emits a value that is cut and surrounded by a constant. */
function emitPad(context: Lowering, value: string, padding: Padding, constant: number): string {
  const cut = emitCut(context, value, padding);
  const before = padding.before.map((pad) => Math.max(pad, 0));
  const after = padding.after.map((pad) => Math.max(pad, 0));
  if ([...before, ...after].every((pad) => pad === 0)) return cut;
  return context.emit("Pad", [cut], {
    shape: context.shapeOf(cut).map((dim, axis) => before[axis] + dim + after[axis]),
    params: { value: constant },
    list: before,
  });
}

/** Surrounds the input with one value, or with what it holds itself. */
export const pad: Operator = {
  names: ["Pad"],
  takesIntegers: true,
  infer(context) {
    const { before, after } = paddingOf(context);
    valueOf(context);
    const shape = context.shape(0).map((dim, axis) => before[axis] + dim + after[axis]);
    if (shape.some((dim) => dim < 0)) {
      context.fail("it takes away more than there is", text(shape), "sizes of 0 or more");
    }
    if (context.shape(0).some((dim, axis) => dim + Math.min(before[axis], after[axis], 0) <= 0)) {
      context.refuse("it takes away a whole axis");
    }
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const padding = paddingOf(context);
    const mode = context.string("mode", "constant");
    if (mode === "constant") {
      context.finish(emitPad(context, context.value(0), padding, valueOf(context)));
      return;
    }
    let value = emitCut(context, context.value(0), padding);
    context.shapeOf(value).forEach((size, axis) => {
      const [before, after] = [padding.before[axis], padding.after[axis]].map((pad) =>
        Math.max(pad, 0)
      );
      if (before + after === 0) return;
      const places = Array.from(
        { length: before + size + after },
        (_, i) => MODES[mode](i - before, size),
      );
      value = emitSelection(context, value, axis, places);
    });
    context.finish(value);
  },
};

/** What makes the input as large as is wanted, the same on both sides (one more behind). */
function centring(context: NodeContext): Padding {
  const from = context.shape(0);
  const wanted = context.constant(1, "shape") ?? [];
  const axes = context.axes(context.numbers("axes") ?? from.map((_, axis) => axis), from.length);
  if (wanted.length !== axes.length) {
    context.fail("its shape does not fit its axes", text(wanted), `${axes.length} sizes`);
  }
  const before = from.map(() => 0);
  const after = from.map(() => 0);
  axes.forEach((axis, i) => {
    const more = wanted[i] - from[axis];
    before[axis] = more < 0 ? -Math.floor(-more / 2) : Math.floor(more / 2);
    after[axis] = more - before[axis];
  });
  return { before, after };
}

/** Cuts or pads with zeros around the centre. */
export const centerCropPad: Operator = {
  names: ["CenterCropPad"],
  takesIntegers: true,
  infer(context) {
    const { before, after } = centring(context);
    return [{
      dtype: context.input(0).dtype,
      shape: context.shape(0).map((dim, axis) => before[axis] + dim + after[axis]),
    }];
  },
  lower(context) {
    context.finish(emitPad(context, context.value(0), centring(context), 0));
  },
};
