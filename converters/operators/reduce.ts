/**
 * ReduceMean, ReduceSum, ReduceMax, ReduceMin and ReduceL2.
 * @module
 */
import { REDUCE_KINDS } from "../../runtime/format/operators.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";

const KINDS: Record<string, (typeof REDUCE_KINDS)[number]> = {
  ReduceMean: "mean",
  ReduceSum: "sum",
  ReduceMax: "max",
  ReduceMin: "min",
  ReduceL2: "l2",
};

/** Reductions over some axes, or all. */
export const reduce: Operator = {
  names: Object.keys(KINDS),
  infer(context) {
    const shape = context.shape(0);
    const axes = new Set(axesOf(context));
    const keep = context.number("keepdims", 1) !== 0;
    const kept = shape.map((dim, axis) => axes.has(axis) ? 1 : dim);
    return [{
      dtype: context.input(0).dtype,
      shape: keep ? kept : shape.filter((_, axis) => !axes.has(axis)),
    }];
  },
  lower(context) {
    const list = axesOf(context);
    if (!list.length) return context.finish(context.value(0));
    const params = { kind: REDUCE_KINDS.indexOf(KINDS[context.node.op]) };
    const shape = context.outputShape();
    context.finish(context.emit("Reduce", [context.value(0)], { shape, params, list }));
  },
};

/** Axes are an attribute before opset 18 (13 for ReduceSum), an input since. */
function axesOf(context: NodeContext): number[] {
  const rank = context.shape(0).length;
  const since = context.node.op === "ReduceSum" ? 13 : 18;
  const given = context.opset < since ? context.numbers("axes") : context.constant(1, "axes");
  if (given?.length) return context.axes(given, rank);
  if (context.number("noop_with_empty_axes", 0)) return [];
  return Array.from({ length: rank }, (_, axis) => axis);
}
