/**
 * Compress and ReverseSequence: parts and orders that constants decide.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { pickOperator } from "./places.ts";

/** Entries of an axis, or without one of the flat input, where a condition holds. */
export const compress: Operator = pickOperator("Compress", (context) => {
  const from = context.shape(0);
  const given = context.node.attributes.axis !== undefined;
  const shape = given ? from : [sizeOf(from)];
  const axis = given ? context.axis(context.number("axis", 0), from.length) : 0;
  const condition = context.constant(1, "condition") ?? [];
  if (condition.length > shape[axis]) {
    context.fail("its condition is too long", `${condition.length}`, `at most ${shape[axis]}`);
  }
  const kept = condition.flatMap((value, i) => value ? [i] : []);
  const outer = sizeOf(shape.slice(0, axis));
  return {
    places: Array.from({ length: outer }, (_, row) => kept.map((i) => row * shape[axis] + i))
      .flat(),
    inner: sizeOf(shape.slice(axis + 1)),
    shape: shape.with(axis, kept.length),
  };
});

/** Turns the first entries of every sequence around, as many as its length says. */
export const reverseSequence: Operator = pickOperator("ReverseSequence", (context) => {
  const shape = context.shapeOfRank(0, 2, Infinity);
  const [time, batch] = [context.number("time_axis", 0), context.number("batch_axis", 1)];
  const lengths = context.constant(1, "sequence lengths") ?? [];
  const fits = [time, batch].sort().join() === "0,1" && lengths.length === shape[batch] &&
    lengths.every((length) => length >= 0 && length <= shape[time]);
  if (!fits) {
    context.fail(
      "its lengths or axes do not fit its input",
      `lengths ${text(lengths)}, axes ${time} and ${batch}`,
      `${shape[batch]} lengths up to ${shape[time]}, axes 0 and 1`,
    );
  }
  const places = Array.from({ length: shape[0] * shape[1] }, (_, flat) => {
    const index = [Math.floor(flat / shape[1]), flat % shape[1]];
    const length = lengths[index[batch]];
    if (index[time] < length) index[time] = length - 1 - index[time];
    return index[0] * shape[1] + index[1];
  });
  return { places, inner: sizeOf(shape.slice(2)), shape: [...shape] };
});
