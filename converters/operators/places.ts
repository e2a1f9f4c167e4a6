/**
 * Taking elements by their places, which are whole numbers in float32.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitStep } from "./conditions.ts";
import { emitSelection, emitSwap, runsOf } from "./linear_map.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitUnary } from "./unary.ts";
import { copyElements, emptyLike } from "./values.ts";

/** So many slices are better than a list of places: they work in integers, too. */
const FEW_SLICES = 8;

/** float32 holds all whole numbers up to here. */
export const MOST_PLACES = 2 ** 24;

/** Places counted from the end become places from the start. */
export function emitWrapped(context: Lowering, places: string, size: number): string {
  const below = emitStep(context, emitUnary(context, "neg", places));
  return emitArithmetic(
    context,
    "Add",
    places,
    emitArithmetic(context, "Mul", below, context.newConstant([], [size])),
  );
}

/** Emits x with the places' shape instead of one axis. */
export function emitGather(context: Lowering, x: string, places: string, axis: number): string {
  const from = context.shapeOf(x);
  const shape = context.shapeOf(places);
  const [outer, inner] = [sizeOf(from.slice(0, axis)), sizeOf(from.slice(axis + 1))];
  const folded = outer === 1
    ? context.emit("Reshape", [x], { shape: [from[axis], inner] })
    : emitSwap(context, context.emit("Reshape", [x], { shape: [outer, from[axis], inner] }), 0, 1);
  const flat = context.emit("Reshape", [places], { shape: [sizeOf(shape)] });
  const rows = context.emit("Gather", [folded, flat], {
    shape: [sizeOf(shape), ...context.shapeOf(folded).slice(1)],
  });
  return context.emit("Reshape", [outer === 1 ? rows : emitSwap(context, rows, 0, 1)], {
    shape: [...from.slice(0, axis), ...shape, ...from.slice(axis + 1)],
  });
}

/** Emits rows of `inner` elements of x, seen flat, at known places. */
export function emitPick(
  context: Lowering,
  x: string,
  places: readonly number[],
  inner: number,
  shape: readonly number[],
): string {
  const rows = context.emit("Reshape", [x], { shape: [sizeOf(context.shapeOf(x)) / inner, inner] });
  const taken = runsOf(places).length <= FEW_SLICES
    ? emitSelection(context, rows, 0, places)
    : context.emit("Gather", [rows, context.newConstant([places.length], places)], {
      shape: [places.length, inner],
    });
  return context.emit("Reshape", [taken], { shape });
}

/** What a node picks from its first input. */
export interface Picked {
  /** Places of rows in the input, seen flat. */
  readonly places: readonly number[];
  /** Elements of a row. */
  readonly inner: number;
  readonly shape: number[];
}

/** An operator that moves elements by constants alone. */
export function pickOperator(name: string, pick: (context: NodeContext) => Picked): Operator {
  return {
    names: [name],
    takesIntegers: true,
    infer: (context) => [{ dtype: context.input(0).dtype, shape: pick(context).shape }],
    evaluate(context) {
      const { places, inner } = pick(context);
      const data = context.data(0);
      const out = emptyLike(data, places.length * inner);
      places.forEach((place, i) => copyElements(data, place * inner, inner, out, i * inner));
      return [out];
    },
    lower(context) {
      const { places, inner, shape } = pick(context);
      context.finish(emitPick(context, context.value(0), places, inner, shape));
    },
  };
}
