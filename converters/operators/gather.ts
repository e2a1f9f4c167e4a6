/**
 * Gather with constant indices.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { copyElements, emptyLike } from "./values.ts";

/** Folded where the data are constant; else only evenly spaced indices, as a Slice. */
export const gather: Operator = {
  names: ["Gather"],
  infer(context) {
    const { axis, indices } = readGather(context);
    const shape = context.shape(0);
    const inner = context.shape(1);
    const { dtype } = context.input(0);
    if (!context.isConstant(0) && !spacing(indices)) context.refuse("its indices are not even");
    return [{ dtype, shape: [...shape.slice(0, axis), ...inner, ...shape.slice(axis + 1)] }];
  },
  evaluate(context, [{ shape }]) {
    const { axis, indices } = readGather(context);
    const { data } = context.input(0);
    const from = context.shape(0);
    const inner = sizeOf(from.slice(axis + 1));
    const out = emptyLike(data!, sizeOf(shape));
    const outer = sizeOf(from.slice(0, axis));
    for (let n = 0, at = 0; n < outer; n++) {
      for (const index of indices) {
        copyElements(data!, (n * from[axis] + index) * inner, inner, out, at);
        at += inner;
      }
    }
    return [out];
  },
  lower(context) {
    const { axis, indices } = readGather(context);
    const shape = context.shape(0);
    const begin = shape.map((_, at) => at === axis ? indices[0] : 0);
    const step = shape.map((_, at) => at === axis ? spacing(indices)! : 1);
    const part = context.emit("Slice", [context.value(0)], {
      shape: shape.with(axis, indices.length),
      list: [...begin, ...step],
    });
    context.finish(context.emit("Reshape", [part], { shape: context.outputShape() }));
  },
};

/** Distance between neighbouring indices, or null where they differ. */
function spacing(indices: readonly number[]): number | null {
  const step = indices.length > 1 ? indices[1] - indices[0] : 1;
  const even = step !== 0 && indices.every((value, i) => value === indices[0] + i * step);
  return even && indices.length ? step : null;
}

function readGather(context: NodeContext): { axis: number; indices: number[] } {
  const shape = context.shape(0);
  const axis = context.axis(context.number("axis", 0), shape.length);
  const given = context.constant(1, "indices") ?? [];
  const indices = given.map((index) => index < 0 ? index + shape[axis] : index);
  if (indices.some((index) => !(index >= 0 && index < shape[axis]))) {
    context.fail("an index lies outside", `${given}`, `below ${shape[axis]}`);
  }
  return { axis, indices };
}
