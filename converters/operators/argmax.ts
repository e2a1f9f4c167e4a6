/**
 * ArgMax, ArgMin and Hardmax.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitEqual, emitGreater } from "./conditions.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitReduce } from "./reduce.ts";
import { emitUnary, inferSame } from "./unary.ts";
import { fromNumbers, stridesOf } from "./values.ts";

/** Places along one axis of a tensor of `rank` axes, as a constant that broadcasts. */
function emitPlaces(context: Lowering, rank: number, axis: number, size: number): string {
  const shape = new Array<number>(rank).fill(1);
  shape[axis] = size;
  return context.newConstant(shape, Array.from({ length: size }, (_, i) => i));
}

/**
 * Place of the largest value along an axis, kept with size 1: the smallest (or the largest, with
 * `last`) of the places whose value is not below the maximum.
 */
function emitArgMax(context: Lowering, x: string, axis: number, last: boolean): string {
  const shape = context.shapeOf(x);
  const size = shape[axis];
  const top = emitReduce(context, "max", x, [axis]);
  // 1 where the value is not the largest.
  const below = emitGreater(context, top, x);
  const places = emitPlaces(context, shape.length, axis, size);
  const penalty = context.newConstant([], [last ? -size : size]);
  const marked = emitArithmetic(
    context,
    "Add",
    places,
    emitArithmetic(context, "Mul", below, penalty),
  );
  return emitReduce(context, last ? "max" : "min", marked, [axis]);
}

interface ArgSpec {
  readonly axis: number;
  readonly keep: boolean;
  readonly last: boolean;
}

function argSpec(context: NodeContext): ArgSpec {
  return {
    axis: context.axis(context.number("axis", 0), context.shape(0).length),
    keep: context.number("keepdims", 1) === 1,
    last: context.number("select_last_index", 0) === 1,
  };
}

function argOperator(name: string, sign: 1 | -1): Operator {
  return {
    names: [name],
    takesIntegers: true,
    infer(context) {
      const { axis, keep } = argSpec(context);
      const shape = context.shape(0).flatMap((dim, i) => i === axis ? keep ? [1] : [] : [dim]);
      return [{ dtype: "int64", shape }];
    },
    evaluate(context) {
      const { axis, last } = argSpec(context);
      const shape = context.shape(0);
      const [inner, size] = [stridesOf(shape)[axis], shape[axis]];
      const values = context.values(0);
      const count = sizeOf(shape) / size;
      return [fromNumbers(
        "int64",
        Array.from({ length: count }, (_, i) => {
          const start = Math.floor(i / inner) * inner * size + i % inner;
          let best = 0;
          for (let at = 1; at < size; at++) {
            const gain = sign * (values[start + at * inner] - values[start + best * inner]);
            if (gain > 0 || last && gain === 0) best = at;
          }
          return best;
        }),
      )];
    },
    lower(context) {
      const { axis, last } = argSpec(context);
      const x = context.value(0);
      const place = emitArgMax(
        context,
        sign > 0 ? x : emitUnary(context, "neg", x),
        axis,
        last,
      );
      const shape = context.outputShape();
      context.finish(
        context.shapeOf(place).length === shape.length
          ? place
          : context.emit("Reshape", [place], { shape }),
      );
    },
  };
}

/** Place of the largest value along an axis. */
export const argMax: Operator = argOperator("ArgMax", 1);

/** Place of the smallest value along an axis. */
export const argMin: Operator = argOperator("ArgMin", -1);

/** 1 for the first largest value along an axis (before opset 13: of all axes from it on), else 0. */
export const hardmax: Operator = {
  names: ["Hardmax"],
  infer(context) {
    const rank = context.shapeOfRank(0, 1, Infinity).length;
    context.axis(context.number("axis", context.opset < 13 ? 1 : -1), rank);
    return inferSame(context);
  },
  lower(context) {
    const shape = context.outputShape();
    const rank = shape.length;
    const axis = context.axis(context.number("axis", context.opset < 13 ? 1 : -1), rank);
    const flat = context.opset < 13 && axis < rank - 1;
    const rows = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
    const x = flat
      ? context.emit("Reshape", [context.value(0)], { shape: rows })
      : context.value(0);
    const along = flat ? 1 : axis;
    const from = context.shapeOf(x);
    const places = emitPlaces(context, from.length, along, from[along]);
    const chosen = emitEqual(context, emitArgMax(context, x, along, false), places);
    context.finish(flat ? context.emit("Reshape", [chosen], { shape }) : chosen);
  },
};
