/**
 * Concat.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { Operator } from "./operator.ts";
import { copyElements, emptyLike } from "./values.ts";

/** Concat along one axis. */
export const concat: Operator = {
  names: ["Concat"],
  infer(context) {
    const first = context.shape(0);
    const axis = context.axis(context.number("axis", 1), first.length);
    let total = 0;
    for (let i = 0; i < context.inputCount; i++) {
      const shape = context.shape(i);
      if (shape.length !== first.length || shape.some((d, a) => a !== axis && d !== first[a])) {
        context.fail("its inputs do not fit", `[${shape}]`, `[${first}] but for axis ${axis}`);
      }
      total += shape[axis];
    }
    return [{ dtype: context.input(0).dtype, shape: first.with(axis, total) }];
  },
  evaluate(context, [{ shape }]) {
    const axis = context.axis(context.number("axis", 1), shape.length);
    const out = emptyLike(context.input(0).data!, sizeOf(shape));
    const row = sizeOf(shape.slice(axis));
    let offset = 0;
    for (let i = 0; i < context.inputCount; i++) {
      const length = sizeOf(context.shape(i).slice(axis));
      const { data } = context.input(i);
      for (let n = 0; n * row < out.length; n++) {
        copyElements(data!, n * length, length, out, n * row + offset);
      }
      offset += length;
    }
    return [out];
  },
  lower(context) {
    const shape = context.outputShape();
    const axis = context.axis(context.number("axis", 1), shape.length);
    const parts = Array.from({ length: context.inputCount }, (_, i) => context.value(i));
    if (parts.length > 64) context.refuse(`it has ${parts.length} inputs, more than 64`);
    context.finish(context.emit("Concat", parts, { shape, params: { axis } }));
  },
};
