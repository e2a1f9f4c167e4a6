/**
 * Concat and Tile.
 * @module
 */
import { OPERATORS } from "../../runtime/format/operators.ts";
import { sizeOf } from "../graph/graph.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { copyElements, emptyLike, stridedIndices, stridesOf } from "./values.ts";

const [, MOST_INPUTS] = OPERATORS.Concat.inputs;

/** Emits a join along an axis, in several steps where there are too many tensors for one. */
export function emitConcat(
  context: Lowering,
  values: readonly string[],
  axis: number,
): string {
  if (values.length === 1) return values[0];
  if (values.length > MOST_INPUTS) {
    const groups: string[] = [];
    for (let i = 0; i < values.length; i += MOST_INPUTS) {
      const group = values.slice(i, i + MOST_INPUTS);
      groups.push(emitConcat(context, group, axis));
    }
    return emitConcat(context, groups, axis);
  }
  const shape = [...context.shapeOf(values[0])];
  shape[axis] = values.reduce(
    (sum, value) => sum + context.shapeOf(value)[axis],
    0,
  );
  return context.emit("Concat", values, { shape, params: { axis } });
}

function axisOf(context: NodeContext): number {
  return context.axis(context.number("axis", 1), context.shape(0).length);
}

/** Joins tensors along an axis. */
export const concat: Operator = {
  names: ["Concat"],
  takesIntegers: true,
  moves: true,
  infer(context) {
    const axis = axisOf(context);
    const shape = [...context.shape(0)];
    for (let i = 1; i < context.inputCount; i++) {
      const other = context.shape(i);
      const fits = other.length === shape.length &&
        other.every((dim, at) => at === axis || dim === shape[at]);
      if (!fits) {
        context.fail(
          `input ${i} does not fit the others`,
          text(other),
          `${text(context.shape(0))} but for axis ${axis}`,
        );
      }
      shape[axis] += other[axis];
    }
    return [{ dtype: context.input(0).dtype, shape }];
  },
  evaluate(context, [{ shape }]) {
    const axis = axisOf(context);
    const inner = sizeOf(shape.slice(axis + 1));
    const row = shape[axis] * inner;
    const out = emptyLike(context.data(0), sizeOf(shape));
    let offset = 0;
    for (let i = 0; i < context.inputCount; i++) {
      const data = context.data(i);
      const length = context.shape(i)[axis] * inner;
      for (
        let from = 0, to = offset;
        length > 0 && from < data.length;
        from += length, to += row
      ) copyElements(data, from, length, out, to);
      offset += length;
    }
    return [out];
  },
  lower(context) {
    const present = Array.from({ length: context.inputCount }, (_, i) => i)
      .filter((i) => sizeOf(context.shape(i)) > 0);
    const values = present.map((i) => context.value(i));
    context.finish(emitConcat(context, values, axisOf(context)));
  },
};

function repeatsOf(context: NodeContext): number[] {
  const rank = context.shape(0).length;
  const repeats = context.constant(1, "repeats") ?? [];
  if (repeats.length === rank && repeats.every((n) => n >= 0)) return repeats;
  return context.fail(
    "its repeats do not fit its input",
    text(repeats),
    `${rank} counts`,
  );
}

/** Repeats the input along its axes. */
export const tile: Operator = {
  names: ["Tile"],
  takesIntegers: true,
  moves: true,
  infer(context) {
    const repeats = repeatsOf(context);
    const shape = context.shape(0).map((dim, axis) => dim * repeats[axis]);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  evaluate(context, [{ shape }]) {
    const from = context.shape(0);
    const strides = stridesOf(from);
    // As [repeat, size] for each axis, where a repeat does not move.
    const indices = stridedIndices(
      from.flatMap((dim, axis) => [shape[axis] / dim, dim]),
      strides.flatMap((stride) => [0, stride]),
    );
    const data = context.data(0);
    const out = emptyLike(data, indices.length);
    indices.forEach((index, i) => copyElements(data, index, 1, out, i));
    return [out];
  },
  lower(context) {
    let value = context.value(0);
    repeatsOf(context).forEach((count, axis) => {
      value = emitConcat(context, new Array(count).fill(value), axis);
    });
    context.finish(value);
  },
};
