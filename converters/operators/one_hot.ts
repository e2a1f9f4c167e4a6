/**
 * OneHot.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitChoice, emitEqual, emitSelect } from "./conditions.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitPick, emitWrapped } from "./places.ts";
import { copyElements, emptyLike } from "./values.ts";

function depthOf(context: NodeContext): { depth: number; axis: number } {
  const depth = context.scalar(1, "depth") ?? 0;
  const { length } = context.shape(0);
  if (!(depth >= 1 && Number.isInteger(depth))) {
    context.fail("its depth is not possible", `${depth}`, "1 or more");
  }
  return { depth, axis: context.axis(context.number("axis", -1), length + 1) };
}

/** One of two values at each place of a new axis: the second where the index names the place. */
export const oneHot: Operator = {
  names: ["OneHot"],
  takesIntegers: true,
  indices: [0],
  infer(context) {
    const { depth, axis } = depthOf(context);
    if (context.shapeOfRank(2, 1)[0] !== 2) {
      context.fail("its values do not fit", `${context.shape(2)[0]} values`, "off and on");
    }
    const shape = context.shape(0).toSpliced(axis, 0, depth);
    return [{ dtype: context.input(2).dtype, shape }];
  },
  evaluate(context, [{ shape }]) {
    const { depth, axis } = depthOf(context);
    const inner = sizeOf(shape.slice(axis + 1));
    const indices = context.values(0).map((index) => index < 0 ? index + depth : index);
    const values = context.data(2);
    const out = emptyLike(values, sizeOf(shape));
    for (let flat = 0; flat < out.length; flat++) {
      const index = indices[Math.floor(flat / (depth * inner)) * inner + flat % inner];
      const isOn = index === Math.floor(flat / inner) % depth;
      copyElements(values, isOn ? 1 : 0, 1, out, flat);
    }
    return [out];
  },
  lower(context) {
    const { depth, axis } = depthOf(context);
    const shape = context.outputShape();
    const index = context.emit("Reshape", [emitWrapped(context, context.value(0), depth)], {
      shape: shape.with(axis, 1),
    });
    const each = shape.map((_, i) => i === axis ? depth : 1);
    const places = context.newConstant(each, Array.from({ length: depth }, (_, i) => i));
    const isOn = emitEqual(context, index, places);
    const [off, on] = [0, 1].map((i) => emitPick(context, context.value(2), [i], 1, []));
    context.finish(emitSelect(context, emitChoice(context, isOn), on, off));
  },
};
