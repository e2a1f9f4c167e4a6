/**
 * GatherElements and GatherND.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitStep } from "./conditions.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitGather, emitWrapped, MOST_PLACES, type Picked, pickOperator } from "./places.ts";
import { emitReduce } from "./reduce.ts";
import { emitUnary } from "./unary.ts";
import { stridesOf } from "./values.ts";

/** An operator that takes elements by indices: constant ones are known, others computed. */
function byIndices(
  name: string,
  shapeOf: (context: NodeContext) => number[],
  pick: (context: NodeContext) => Picked,
  emit: (context: Lowering) => string,
): Operator {
  const known = pickOperator(name, pick);
  return {
    ...known,
    indices: [1],
    infer(context) {
      if (context.isConstant(1)) return known.infer(context);
      if (sizeOf(context.shape(0)) > MOST_PLACES) context.refuse("its input is too large");
      return [{ dtype: context.input(0).dtype, shape: shapeOf(context) }];
    },
    lower(context) {
      if (context.isConstant(1)) known.lower!(context);
      else context.finish(emit(context));
    },
  };
}

/** A constant index counted from the front. */
function counted(context: NodeContext, index: number, size: number): number {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  return context.fail("an index is out of range", `${index}`, `−${size}…${size - 1}`);
}

function elementsAxis(context: NodeContext): number {
  const [from, shape] = [context.shape(0), context.shape(1)];
  const axis = context.axis(context.number("axis", 0), from.length);
  const fits = shape.length === from.length &&
    shape.every((dim, i) => i === axis || dim <= from[i]);
  if (fits) return axis;
  return context.fail("its indices do not fit its input", text(shape), `at most ${text(from)}`);
}

/** Flat places in a tensor of shape `from` of every index of `shape`, 0 along one axis. */
function placesBeside(shape: readonly number[], from: readonly number[], axis: number): number[] {
  const [strides, own] = [stridesOf(from), stridesOf(shape)];
  return Array.from(
    { length: sizeOf(shape) },
    (_, flat) =>
      shape.reduce(
        (place, dim, i) =>
          i === axis ? place : place + Math.floor(flat / own[i]) % dim * strides[i],
        0,
      ),
  );
}

/** Flat places that GatherElements or ScatterElements means by its constant indices. */
export function elementPlaces(context: NodeContext): number[] {
  const axis = elementsAxis(context);
  const from = context.shape(0);
  const stride = stridesOf(from)[axis];
  const indices = context.constant(1, "indices") ?? [];
  return placesBeside(context.shape(1), from, axis).map((place, i) =>
    place + counted(context, indices[i], from[axis]) * stride
  );
}

/** y[…, i, …] = x[…, indices[…, i, …], …] along one axis. */
export const gatherElements: Operator = byIndices(
  "GatherElements",
  (context) => {
    elementsAxis(context);
    return [...context.shape(1)];
  },
  (context) => ({ places: elementPlaces(context), inner: 1, shape: [...context.shape(1)] }),
  (context) => {
    const axis = elementsAxis(context);
    const [from, shape] = [context.shape(0), context.shape(1)];
    const beside = context.newConstant(shape, placesBeside(shape, from, axis));
    const along = emitArithmetic(
      context,
      "Mul",
      emitWrapped(context, context.value(1), from[axis]),
      context.newConstant([], [stridesOf(from)[axis]]),
    );
    const flat = context.emit("Reshape", [context.value(0)], { shape: [sizeOf(from)] });
    return emitGather(context, flat, emitArithmetic(context, "Add", along, beside), 0);
  },
);

/** How the indices of GatherND and ScatterND lead to rows of their first input. */
interface Rows {
  /** How many axes both have in common. */
  readonly batch: number;
  /** Sizes of the axes that an index names. */
  readonly sizes: readonly number[];
  /** How many rows a step along each of them is. */
  readonly steps: readonly number[];
  /** Elements of a row. */
  readonly inner: number;
  /** Rows of each common index. */
  readonly rows: number;
}

function rowsOf(context: NodeContext): Rows {
  const from = context.shape(0);
  const shape = context.shapeOfRank(1, 1, Infinity);
  const batch = context.number("batch_dims", 0);
  const depth = shape[shape.length - 1];
  const common = text(from.slice(0, batch)) === text(shape.slice(0, batch));
  if (!common || batch >= shape.length || depth < 1 || batch + depth > from.length) {
    context.fail("its indices do not fit its input", text(shape), `indices into ${text(from)}`);
  }
  const sizes = from.slice(batch, batch + depth);
  return {
    batch,
    sizes,
    steps: stridesOf(sizes),
    inner: sizeOf(from.slice(batch + depth)),
    rows: sizeOf(sizes),
  };
}

function ndShape(context: NodeContext): number[] {
  const { batch, sizes } = rowsOf(context);
  return [...context.shape(1).slice(0, -1), ...context.shape(0).slice(batch + sizes.length)];
}

/** Rows that GatherND or ScatterND means by its constant indices. */
export function rowPlaces(context: NodeContext): Picked {
  const { batch, sizes, steps, inner, rows } = rowsOf(context);
  const indices = context.constant(1, "indices") ?? [];
  const tuples = indices.length / sizes.length;
  const perBatch = tuples / sizeOf(context.shape(0).slice(0, batch));
  const places = Array.from(
    { length: tuples },
    (_, i) =>
      sizes.reduce(
        (place, size, k) =>
          place + counted(context, indices[i * sizes.length + k], size) * steps[k],
        0,
      ) +
      Math.floor(i / perBatch) * rows,
  );
  return { places, inner, shape: ndShape(context) };
}

/** Rows of the input, each named by an index tuple. */
export const gatherNd: Operator = byIndices(
  "GatherND",
  ndShape,
  rowPlaces,
  (context) => {
    const { batch, sizes, steps, inner, rows } = rowsOf(context);
    const shape = context.shape(1);
    const below = emitStep(context, emitUnary(context, "neg", context.value(1)));
    const lift = context.newConstant([sizes.length], sizes);
    const indices = emitArithmetic(
      context,
      "Add",
      context.value(1),
      emitArithmetic(context, "Mul", below, lift),
    );
    const scaled = emitArithmetic(
      context,
      "Mul",
      indices,
      context.newConstant([sizes.length], steps),
    );
    const tuples = emitReduce(context, "sum", scaled, [shape.length - 1]);
    const count = sizeOf(shape.slice(0, batch));
    const offsets = Array.from({ length: count }, (_, i) => i * rows);
    const each = shape.map((dim, axis) => axis < batch ? dim : 1);
    const places = emitArithmetic(context, "Add", tuples, context.newConstant(each, offsets));
    const folded = context.emit("Reshape", [context.value(0)], { shape: [count * rows, inner] });
    const taken = emitGather(context, folded, places, 0);
    return context.emit("Reshape", [taken], { shape: ndShape(context) });
  },
);
