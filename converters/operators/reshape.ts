/**
 * Reshape, Flatten, Squeeze and Unsqueeze: the same elements in another shape.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";

function reshaping(
  name: string,
  shapeOf: (context: NodeContext) => number[],
): Operator {
  return {
    names: [name],
    takesIntegers: true,
    moves: true,
    infer(context) {
      const shape = shapeOf(context);
      const from = context.shape(0);
      if (sizeOf(shape) !== sizeOf(from)) {
        context.fail(
          "its new shape has another number of elements",
          `${text(from)} to ${text(shape)}`,
          `${sizeOf(from)} elements`,
        );
      }
      return [{ dtype: context.input(0).dtype, shape }];
    },
    evaluate: (context) => [context.data(0)],
    lower(context) {
      const shape = context.outputShape();
      const x = context.value(0);
      context.finish(
        text(shape) === text(context.shape(0)) ? x : context.emit("Reshape", [x], { shape }),
      );
    },
  };
}

/** To a constant shape, where 0 keeps a dimension and −1 takes what is left. */
export const reshape: Operator = reshaping("Reshape", (context) => {
  const from = context.shape(0);
  const wanted = context.constant(1, "shape") ??
    context.fail("its shape is missing", "1 input", "2 inputs");
  const copies = context.number("allowzero", 0) !== 1;
  const dims = wanted.map((dim, axis) => dim === 0 && copies ? from[axis] ?? 0 : dim);
  const open = dims.indexOf(-1);
  if (open < 0) return dims;
  dims[open] = 1;
  dims[open] = Math.floor(sizeOf(from) / sizeOf(dims));
  return dims;
});

/** To two dimensions, split before `axis`. */
export const flatten: Operator = reshaping("Flatten", (context) => {
  const shape = context.shape(0);
  const given = context.number("axis", 1);
  const axis = given === shape.length ? given : context.axis(given, shape.length);
  return [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
});

/** Axes: an attribute before opset 13, an input since. */
function axesOf(context: NodeContext): number[] | null {
  return context.opset < 13 ? context.numbers("axes") : context.constant(1, "axes");
}

/** Without axes of size 1: the given ones, or all. */
export const squeeze: Operator = reshaping("Squeeze", (context) => {
  const shape = context.shape(0);
  const given = axesOf(context);
  if (!given) return shape.filter((dim) => dim !== 1);
  const axes = context.axes(given, shape.length);
  if (axes.some((axis) => shape[axis] !== 1)) {
    context.fail(
      "it takes away axes whose size is not 1",
      `axes ${text(axes)} of ${text(shape)}`,
      "axes of size 1",
    );
  }
  return shape.filter((_, axis) => !axes.includes(axis));
});

/** With new axes of size 1, numbered as in the output. */
export const unsqueeze: Operator = reshaping("Unsqueeze", (context) => {
  const given = axesOf(context) ??
    context.fail("its axes are missing", "no axes", "axes");
  const rank = context.shape(0).length + given.length;
  const axes = context.axes(given, rank);
  const rest = [...context.shape(0)];
  return Array.from(
    { length: rank },
    (_, axis) => axes.includes(axis) ? 1 : rest.shift() ?? 1,
  );
});
