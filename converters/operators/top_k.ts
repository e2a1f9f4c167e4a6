/**
 * TopK.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitSwap } from "./linear_map.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitGather, MOST_PLACES } from "./places.ts";
import { emitSlice, partAlong } from "./slice.ts";
import { emitUnary } from "./unary.ts";
import { fromNumbers, stridesOf } from "./values.ts";

function topKOf(context: NodeContext): { count: number; axis: number; largest: boolean } {
  const shape = context.shapeOfRank(0, 1, Infinity);
  const axis = context.axis(context.number("axis", -1), shape.length);
  const count = context.opset < 10 ? context.number("k", 0) : context.scalar(1, "number k") ?? 0;
  if (!(Number.isInteger(count) && count >= 1 && count <= shape[axis])) {
    context.fail("its k does not fit its input", `${count}`, `1…${shape[axis]}`);
  }
  return { count, axis, largest: context.number("largest", 1) === 1 };
}

/** The k largest (or smallest) values along an axis, in order, and their places. */
export const topK: Operator = {
  names: ["TopK"],
  takesIntegers: true,
  infer(context) {
    const { count, axis } = topKOf(context);
    const from = context.shape(0);
    if (sizeOf(from) > MOST_PLACES) context.refuse("its input is too large");
    const shape = from.with(axis, count);
    return [{ dtype: context.input(0).dtype, shape }, { dtype: "int64", shape }];
  },
  evaluate(context, [{ dtype, shape }]) {
    const { axis, largest } = topKOf(context);
    const from = context.shape(0);
    const [values, inner, size] = [context.values(0), stridesOf(from)[axis], from[axis]];
    const places = Array.from({ length: sizeOf(from) / size }, (_, row) => {
      const start = Math.floor(row / inner) * inner * size + row % inner;
      const key = (place: number) => values[start + place * inner] * (largest ? -1 : 1);
      return Array.from({ length: size }, (_, i) => i).sort((a, b) => key(a) - key(b) || a - b);
    });
    const rowOf = (flat: number) => Math.floor(flat / (inner * shape[axis])) * inner + flat % inner;
    const found = Array.from(
      { length: sizeOf(shape) },
      (_, flat) => places[rowOf(flat)][Math.floor(flat / inner) % shape[axis]],
    );
    const taken = found.map((place, flat) => {
      const row = rowOf(flat);
      return values[Math.floor(row / inner) * inner * size + row % inner + place * inner];
    });
    return [fromNumbers(dtype, taken), fromNumbers("int64", found)];
  },
  lower(context) {
    const { count, axis, largest } = topKOf(context);
    const rank = context.shape(0).length;
    const x = emitSwap(context, context.value(0), axis, rank - 1);
    const shape = context.shapeOf(x);
    const size = shape[rank - 1];
    const order = context.emit("ArgSort", [largest ? x : emitUnary(context, "neg", x)], { shape });
    const places = emitSlice(context, order, partAlong(shape, rank - 1, 0, count));
    const rows = sizeOf(shape) / size;
    const starts = context.newConstant(
      shape.with(rank - 1, 1),
      Array.from({ length: rows }, (_, row) => row * size),
    );
    const flat = context.emit("Reshape", [x], { shape: [sizeOf(shape)] });
    const values = emitGather(context, flat, emitArithmetic(context, "Add", places, starts), 0);
    const outputs = [values, places];
    context.node.outputs.forEach((name, i) => {
      if (name) context.finish(emitSwap(context, outputs[i], axis, rank - 1), i);
    });
  },
};
