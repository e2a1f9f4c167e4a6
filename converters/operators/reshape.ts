/**
 * Reshape, Flatten, Squeeze and Unsqueeze: the same elements in another shape.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";

/** All four are the runtime's Reshape. */
export const reshape: Operator = {
  names: ["Reshape", "Flatten", "Squeeze", "Unsqueeze"],
  infer(context) {
    const shape = SHAPES[context.node.op](context, context.shape(0));
    if (sizeOf(shape) !== sizeOf(context.shape(0))) {
      context.fail("the new shape has another size", `[${shape}]`, `of [${context.shape(0)}]`);
    }
    return [{ dtype: context.input(0).dtype, shape }];
  },
  evaluate: (context) => [context.input(0).data!],
  lower(context) {
    const shape = context.outputShape();
    context.finish(context.emit("Reshape", [context.value(0)], { shape }));
  },
};

const SHAPES: Record<string, (context: NodeContext, shape: number[]) => number[]> = {
  Reshape(context, shape) {
    const wanted = context.constant(1, "shape") ?? context.fail("its shape is missing", "1", "2");
    const keepZero = context.number("allowzero", 0) !== 0;
    const dims = wanted.map((dim, i) => dim === 0 && !keepZero ? shape[i] : dim);
    const rest = dims.reduce((product, dim) => dim === -1 ? product : product * dim, 1);
    if (dims.filter((dim) => dim === -1).length > 1) {
      context.fail("its shape leaves two dimensions open", `[${wanted}]`, "at most one −1");
    }
    return dims.map((dim) => dim === -1 ? sizeOf(shape) / rest : dim);
  },
  Flatten(context, shape) {
    const given = context.number("axis", 1);
    const axis = given === shape.length ? given : context.axis(given, shape.length);
    return [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
  },
  Squeeze(context, shape) {
    const given = axesOf(context);
    const axes = given
      ? context.axes(given, shape.length)
      : shape.flatMap((dim, axis) => dim === 1 ? [axis] : []);
    if (axes.some((axis) => shape[axis] !== 1)) {
      context.fail("it drops a dimension that is not 1", `[${shape}]`, `1 at ${axes}`);
    }
    return shape.filter((_, axis) => !axes.includes(axis));
  },
  Unsqueeze(context, shape) {
    const given = axesOf(context) ?? context.fail("its axes are missing", "none", "a list");
    const rank = shape.length + given.length;
    const axes = new Set(context.axes(given, rank));
    const rest = [...shape];
    return Array.from({ length: rank }, (_, axis) => axes.has(axis) ? 1 : rest.shift()!);
  },
};

/** Axes are an attribute before opset 13, an input since. */
function axesOf(context: NodeContext): number[] | null {
  return context.opset < 13 ? context.numbers("axes") : context.constant(1, "axes");
}
