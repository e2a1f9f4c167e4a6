/**
 * Gather.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitConcat } from "./concat.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitGather, emitWrapped } from "./places.ts";
import { emitSlice, partAlong } from "./slice.ts";
import { copyElements, emptyLike } from "./values.ts";

/** So many constant indices are taken by slices, which work in integers, too. */
const MOST_SLICES = 16;

function axisOf(context: NodeContext): number {
  return context.axis(context.number("axis", 0), context.shape(0).length);
}

/** Indices counted from the front. */
function indicesOf(context: NodeContext): number[] {
  const size = context.shape(0)[axisOf(context)];
  const given = context.constant(1, "indices") ?? [];
  return given.map((index) => {
    if (index >= -size && index < size) return index < 0 ? index + size : index;
    return context.fail(
      "an index is out of range",
      `${index}`,
      `−${size}…${size - 1}`,
    );
  });
}

/** Step between the indices where one slice takes them all, else null. */
function stepOf(indices: readonly number[]): number | null {
  const step = indices.length > 1 ? indices[1] - indices[0] : 1;
  const even = indices.every((index, i) => index === indices[0] + i * step);
  return even && step !== 0 ? step : null;
}

/** Entries of an axis; indices of any shape take that axis's place. */
export const gather: Operator = {
  names: ["Gather"],
  takesIntegers: true,
  indices: [1],
  infer(context) {
    const shape = context.shape(0);
    const axis = axisOf(context);
    if (context.isConstant(1)) indicesOf(context);
    return [{
      dtype: context.input(0).dtype,
      shape: [
        ...shape.slice(0, axis),
        ...context.shape(1),
        ...shape.slice(axis + 1),
      ],
    }];
  },
  evaluate(context, [{ shape }]) {
    const from = context.shape(0);
    const axis = axisOf(context);
    const inner = sizeOf(from.slice(axis + 1));
    const outer = sizeOf(from.slice(0, axis));
    const data = context.data(0);
    const out = emptyLike(data, sizeOf(shape));
    const indices = indicesOf(context);
    let at = 0;
    for (let row = 0; row < outer; row++) {
      for (const index of indices) {
        copyElements(data, (row * from[axis] + index) * inner, inner, out, at);
        at += inner;
      }
    }
    return [out];
  },
  lower(context) {
    const from = context.shape(0);
    const axis = axisOf(context);
    const x = context.value(0);
    if (!context.isConstant(1)) {
      const places = emitWrapped(context, context.value(1), from[axis]);
      return context.finish(emitGather(context, x, places, axis));
    }
    const indices = indicesOf(context);
    const take = (begin: number, size: number, step: number) =>
      emitSlice(context, x, partAlong(from, axis, begin, size, step));
    const step = stepOf(indices);
    const taken = step !== null
      ? take(indices[0], indices.length, step)
      : indices.length <= MOST_SLICES
      ? emitConcat(context, indices.map((index) => take(index, 1, 1)), axis)
      : emitGather(context, x, context.newConstant([indices.length], indices), axis);
    const shape = context.outputShape();
    context.finish(
      text(context.shapeOf(taken)) === text(shape)
        ? taken
        : context.emit("Reshape", [taken], { shape }),
    );
  },
};
