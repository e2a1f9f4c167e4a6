/**
 * Expand.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { broadcastIndices, broadcastShapes } from "./broadcast.ts";
import { text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { copyElements, emptyLike } from "./values.ts";

/** Broadcasts the input with a constant shape; lowered as a product with ones. */
export const expand: Operator = {
  names: ["Expand"],
  takesIntegers: true,
  moves: true,
  infer(context) {
    const wanted = context.constant(1, "shape") ?? [];
    const shape = broadcastShapes(context, [context.shape(0), wanted]);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  evaluate(context, [{ shape }]) {
    const data = context.data(0);
    const out = emptyLike(data, sizeOf(shape));
    broadcastIndices(context.shape(0), shape).forEach((from, to) =>
      copyElements(data, from, 1, out, to)
    );
    return [out];
  },
  lower(context) {
    const shape = context.outputShape();
    const x = context.value(0);
    if (text(shape) === text(context.shape(0))) return context.finish(x);
    const from = context.shape(0);
    // Ones only along the axes that stretch.
    const ones = shape.map((dim, axis) =>
      (from[axis - shape.length + from.length] ?? 1) === dim ? 1 : dim
    );
    const constant = context.newConstant(ones, new Array(sizeOf(ones)).fill(1));
    context.finish(emitArithmetic(context, "Mul", x, constant));
  },
};
