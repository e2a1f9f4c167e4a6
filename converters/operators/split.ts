/**
 * Split.
 * @module
 */
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { stridedCopy, stridesOf } from "./values.ts";

/** Split into parts of given or equal sizes; each part is a Slice. */
export const split: Operator = {
  names: ["Split"],
  infer(context) {
    const shape = context.shape(0);
    const { axis, sizes } = readSplit(context);
    const { dtype } = context.input(0);
    return sizes.map((size) => ({ dtype, shape: shape.with(axis, size) }));
  },
  evaluate(context, types) {
    const strides = stridesOf(context.shape(0));
    const { axis } = readSplit(context);
    let offset = 0;
    return types.map(({ shape }) => {
      const part = stridedCopy(context.input(0).data!, shape, strides, offset * strides[axis]);
      offset += shape[axis];
      return part;
    });
  },
  lower(context) {
    const { axis, sizes } = readSplit(context);
    const shape = context.shape(0);
    let offset = 0;
    sizes.forEach((size, i) => {
      if (context.node.outputs[i]) {
        const begin = shape.map((_, at) => at === axis ? offset : 0);
        const list = [...begin, ...shape.map(() => 1)];
        const part = { shape: shape.with(axis, size), list };
        context.finish(context.emit("Slice", [context.value(0)], part), i);
      }
      offset += size;
    });
  },
};

function readSplit(context: NodeContext): { axis: number; sizes: number[] } {
  const shape = context.shape(0);
  const axis = context.axis(context.number("axis", 0), shape.length);
  const given = context.opset < 13 ? context.numbers("split") : context.constant(1, "split");
  const count = context.node.outputs.length;
  const part = Math.ceil(shape[axis] / count);
  const sizes = given ??
    Array.from({ length: count }, (_, i) => Math.max(Math.min(part, shape[axis] - i * part), 0));
  if (sizes.reduce((a, b) => a + b, 0) !== shape[axis] || sizes.length !== count) {
    context.fail("its parts do not fit", `[${sizes}]`, `${count} parts of ${shape[axis]}`);
  }
  return { axis, sizes };
}
