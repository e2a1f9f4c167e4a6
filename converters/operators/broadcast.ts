/**
 * numpy broadcasting.
 * @module
 */
import { type NodeContext, text } from "./node_context.ts";
import { stridedIndices, stridesOf } from "./values.ts";

/** Shape that all the shapes stretch to. */
export function broadcastShapes(
  context: NodeContext,
  shapes: readonly (readonly number[])[],
): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    for (const shape of shapes) {
      const dim = shape[axis - rank + shape.length] ?? 1;
      if (dim === 1 || dim === size) continue;
      if (size !== 1) {
        context.fail(
          "its inputs do not broadcast",
          shapes.map(text).join(" and "),
          "dimensions that are equal or 1",
        );
      }
      size = dim;
    }
    return size;
  });
}

/** Flat index into an array of `shape` for each element of the shape that it stretches `to`. */
export function broadcastIndices(
  shape: readonly number[],
  to: readonly number[],
): Int32Array {
  const strides = stridesOf(shape).map((stride, axis) => shape[axis] === 1 ? 0 : stride);
  const missing = new Array<number>(to.length - shape.length).fill(0);
  return stridedIndices(to, [...missing, ...strides]);
}
