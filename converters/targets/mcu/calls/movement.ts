/**
 * Calls of the operators that only move values: Transpose, Slice, Pad, Concat, Reshape.
 * @module
 */
import { stridesOf } from "../../../../runtime/reference/context.ts";
import { elementBytes } from "../arena/rows.ts";
import { floatLiteral } from "../source/constants.ts";
import {
  type CallContext,
  type CallEmitter,
  isInteger,
  type Layer,
  operand,
  product,
} from "./layer.ts";

/** Writes a walk over `shape` whose other side has these strides (`kedge_move`). */
export function moveStruct(
  { name }: Layer,
  { constants }: CallContext,
  shape: readonly number[],
  from: number,
  strides: readonly number[],
): string {
  return constants.struct("kedge_move", `${name}_move`, {
    rank: shape.length,
    shape: `{${shape.length ? shape : 1}}`,
    from,
    stride: `{${strides.length ? strides : 0}}`,
  });
}

const typed = (layer: Layer, kernel: string) =>
  `kedge_${kernel}_${isInteger(layer.output) ? "s8" : "f32"}`;

/** out.shape[i] = x.shape[perm[i]]. */
export const transpose: CallEmitter<"Transpose"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x], output, operator: { list } } = layer;
    const strides = stridesOf(x.shape);
    const move = moveStruct(layer, context, output.shape, 0, list.map((axis) => strides[axis]));
    return [{
      kernel: typed(layer, "gather"),
      arguments: [operand(layer, 0, context), context.output, move],
    }];
  },
};

/** out[i] = x[begin + i·step]. A slice that is one run of bytes is a copy. */
export const slice: CallEmitter<"Slice"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x], output, operator: { list } } = layer;
    const rank = x.shape.length;
    const strides = stridesOf(x.shape);
    const from = strides.reduce((sum, stride, axis) => sum + list[axis] * stride, 0);
    const steps = strides.map((stride, axis) => stride * list[rank + axis]);
    const source = operand(layer, 0, context);
    const dense = stridesOf(output.shape);
    if (output.shape.every((size, axis) => size === 1 || steps[axis] === dense[axis])) {
      const bytes = output.size * elementBytes(output);
      const at = from ? `${source} + ${from}` : source;
      return [{ kernel: "kedge_concat", arguments: [at, context.output, 1, bytes, bytes] }];
    }
    const move = moveStruct(layer, context, output.shape, from, steps);
    return [{ kernel: typed(layer, "gather"), arguments: [source, context.output, move] }];
  },
};

/** Surrounds x with a constant. */
export const pad: CallEmitter<"Pad"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x], output, operator: { list, params: { value } } } = layer;
    const strides = stridesOf(output.shape);
    const from = strides.reduce((sum, stride, axis) => sum + list[axis] * stride, 0);
    const filler = isInteger(output) ? value : floatLiteral(value);
    return [
      { kernel: typed(layer, "fill"), arguments: [context.output, output.size, filler] },
      {
        kernel: typed(layer, "scatter"),
        arguments: [
          operand(layer, 0, context),
          context.output,
          moveStruct(layer, context, x.shape, from, strides),
        ],
      },
    ];
  },
};

/** Joins the inputs along one axis, one call for each. */
export const concat: CallEmitter<"Concat"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs, output, operator: { params: { axis } } } = layer;
    const inner = product(output.shape.slice(axis + 1)) * elementBytes(output);
    const rows = product(output.shape.slice(0, axis));
    const pitch = output.shape[axis] * inner;
    let offset = 0;
    return inputs.map((input, i) => {
      const bytes = input.shape[axis] * inner;
      const at = offset / elementBytes(output);
      offset += bytes;
      const to = at ? `${context.output} + ${at}` : context.output;
      const from = operand(layer, i, context);
      return { kernel: "kedge_concat", arguments: [from, to, rows, bytes, pitch] };
    });
  },
};

/** A Reshape of a constant; all others share memory and have no call. */
export const reshape: CallEmitter<"Reshape"> = {
  scratch: () => 0,
  emit(layer, context) {
    const bytes = layer.output.size * elementBytes(layer.output);
    const from = operand(layer, 0, context);
    return [{ kernel: "kedge_concat", arguments: [from, context.output, 1, bytes, bytes] }];
  },
};
