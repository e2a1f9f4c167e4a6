/**
 * Trilu, CumSum and CumProd.
 * @module
 */
import { type DType, sizeOf, type TensorData } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitConcat } from "./concat.ts";
import { constantChoice, emitSelect } from "./conditions.ts";
import { emitLinear } from "./linear_map.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitSlice, partAlong } from "./slice.ts";
import { inferSame } from "./unary.ts";
import { copyElements, emptyLike, fromNumbers, stridesOf } from "./values.ts";

/** 1 for the places of the last two axes that stay, else 0. */
function triangleOf(context: NodeContext): number[] {
  const [rows, columns] = context.shapeOfRank(0, 2, Infinity).slice(-2);
  const offset = context.scalar(1, "diagonal") ?? 0;
  const upper = context.number("upper", 1) !== 0;
  return Array.from({ length: rows * columns }, (_, i) => {
    const distance = i % columns - Math.floor(i / columns) - offset;
    return Number(upper ? distance >= 0 : distance <= 0);
  });
}

/** The upper or lower triangle of matrices, 0 elsewhere. */
export const trilu: Operator = {
  names: ["Trilu"],
  takesIntegers: true,
  infer(context) {
    triangleOf(context);
    return inferSame(context);
  },
  evaluate(context) {
    const mask = triangleOf(context);
    const data = context.data(0);
    const out = emptyLike(data, data.length);
    for (let i = 0; i < data.length; i++) {
      if (mask[i % mask.length]) copyElements(data, i, 1, out, i);
    }
    return [out];
  },
  lower(context) {
    const choice = constantChoice(context, context.shape(0).slice(-2), triangleOf(context));
    const zero = context.newConstant([], [0]);
    context.finish(emitSelect(context, choice, context.value(0), zero));
  },
};

/** Which entries each sum takes in. */
function sumsOf(context: NodeContext): { axis: number; matrix: number[][] } {
  const shape = context.shape(0);
  const axis = context.axis(context.scalar(1, "axis") ?? 0, shape.length);
  const exclusive = context.number("exclusive", 0) === 1;
  const reverse = context.number("reverse", 0) === 1;
  const matrix = Array.from(
    { length: shape[axis] },
    (_, to) =>
      Array.from({ length: shape[axis] }, (_, from) => {
        const before = reverse ? from - to : to - from;
        return Number(exclusive ? before > 0 : before >= 0);
      }),
  );
  return { axis, matrix };
}

function evaluateRunning(
  context: NodeContext,
  dtype: DType,
  start: number,
  compute: (a: number, b: number) => number,
): TensorData {
  const { axis, matrix } = sumsOf(context);
  const shape = context.shape(0);
  const inner = stridesOf(shape)[axis];
  const values = context.values(0);
  return fromNumbers(
    dtype,
    Array.from({ length: sizeOf(shape) }, (_, i) => {
      const place = Math.floor(i / inner) % shape[axis];
      const first = i - place * inner;
      return matrix[place].reduce(
        (result, take, k) => take ? compute(result, values[first + k * inner]) : result,
        start,
      );
    }),
  );
}

/** Products of all entries of an axis up to each one. */
export const cumProd: Operator = {
  names: ["CumProd"],
  infer(context) {
    sumsOf(context);
    return inferSame(context);
  },
  evaluate: (context, [{ dtype }]) => [evaluateRunning(context, dtype, 1, (a, b) => a * b)],
  lower(context) {
    const { axis, matrix } = sumsOf(context);
    const shape = context.shape(0);
    const x = context.value(0);
    const one = partAlong(shape, axis, 0, 1).shape;
    let product = context.newConstant(one, new Array<number>(sizeOf(one)).fill(1));
    const products = [product];
    const reverse = context.number("reverse", 0) === 1;
    const places = [...matrix.keys()];
    for (const place of reverse ? places.reverse() : places) {
      const entry = emitSlice(context, x, partAlong(shape, axis, place, 1));
      product = emitArithmetic(context, "Mul", product, entry);
      products.push(product);
    }
    const exclusive = context.number("exclusive", 0) === 1;
    const kept = exclusive ? products.slice(0, -1) : products.slice(1);
    context.finish(emitConcat(context, reverse ? kept.reverse() : kept, axis));
  },
};

/** Sums of all entries of an axis up to each one. */
export const cumSum: Operator = {
  names: ["CumSum"],
  infer(context) {
    sumsOf(context);
    return inferSame(context);
  },
  evaluate: (context, [{ dtype }]) => [evaluateRunning(context, dtype, 0, (a, b) => a + b)],
  lower(context) {
    const { axis, matrix } = sumsOf(context);
    context.finish(emitLinear(context, context.value(0), axis, matrix));
  },
};
