/**
 * QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear. The runtime holds the integers as
 * float32, which is exact for up to 16 bits.
 * @module
 */
import { type DType, sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { broadcastIndices } from "./broadcast.ts";
import { emitRepeat } from "./linear_map.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitReduce } from "./reduce.ts";
import { emitUnary } from "./unary.ts";
import { fromNumbers, stridedCopy, stridesOf } from "./values.ts";

/** Smallest and largest value of the types that can be quantized to. */
const BOUNDS: Partial<Record<DType, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** Types by the number of TensorProto.DataType. */
const BY_NUMBER: Readonly<Record<number, DType>> = {
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
};

/** Emits round(x) + zeroPoint within the type's bounds; ties go to even. */
export function emitSaturated(
  context: Lowering,
  x: string,
  zeroPoint: string | null,
  dtype: DType,
): string {
  const rounded = emitUnary(context, "round", x);
  const shifted = zeroPoint ? emitArithmetic(context, "Add", rounded, zeroPoint) : rounded;
  const [low, high] = BOUNDS[dtype] ?? [-Infinity, Infinity];
  return emitUnary(context, "clip", shifted, low, high);
}

/**
 * Shape in which scale or zero point (input `index`) broadcast over x: one for all, one for each entry
 * of an axis, or one for each block along it. `block` is the number of entries that share one.
 */
function layoutOf(
  context: NodeContext,
  index: number,
): { shape: number[]; axis: number; block: number } {
  const x = context.shape(0);
  const given = context.shape(index);
  if (sizeOf(given) === 1) return { shape: [], axis: 0, block: 1 };
  const axis = context.axis(context.number("axis", 1), x.length);
  const block = context.number("block_size", 0);
  const shape = given.length === 1 ? x.map((_, i) => i === axis ? given[0] : 1) : [...given];
  const size = block > 0 ? block : 1;
  const fits = shape.length === x.length &&
    shape.every((dim, i) =>
      i === axis ? Math.ceil(x[i] / size) === dim : dim === 1 || dim === x[i]
    );
  if (!fits) {
    context.fail(
      `input ${index} does not fit its input`,
      text(given),
      `one for axis ${axis} of ${text(x)}`,
    );
  }
  if (x[axis] % size !== 0) context.refuse("its last block is not whole");
  return { shape, axis, block: size };
}

/** Scale or zero point as a core tensor that broadcasts over x. */
function emitSpread(context: Lowering, index: number): string {
  const { shape, axis, block } = layoutOf(context, index);
  const value = context.value(index);
  const same = text(context.shapeOf(value)) === text(shape);
  const shaped = same ? value : context.emit("Reshape", [value], { shape });
  return emitRepeat(context, shaped, axis, block);
}

/** The same for constants: a value for each element of x. */
function spreadValues(context: NodeContext, index: number): number[] {
  const x = context.shape(0);
  const { shape, axis, block } = layoutOf(context, index);
  const values = context.values(index);
  const strides = stridesOf(shape);
  // As [entries, block] along the axis, where a block does not move.
  const whole = shape.flatMap((dim, i) => i === axis ? [dim, block] : [dim]);
  const steps = strides.flatMap((stride, i) => i === axis ? [stride, 0] : [stride]);
  const spread = shape.length ? stridedCopy(Float64Array.from(values), whole, steps) : values;
  const full = shape.map((dim, i) => i === axis ? dim * block : dim);
  return Array.from(broadcastIndices(full, x), (i) => spread[i]);
}

function targetOf(context: NodeContext): DType {
  const given = context.has(2)
    ? context.input(2).dtype
    : BY_NUMBER[context.number("output_dtype", 2)];
  return given && BOUNDS[given]
    ? given
    : context.refuse("it quantizes to another type than 8 or 16 bits");
}

/** round(x / scale) + zero point, saturated. */
export const quantizeLinear: Operator = {
  names: ["QuantizeLinear"],
  takesIntegers: true,
  infer(context) {
    for (const i of [1, 2]) if (context.has(i)) layoutOf(context, i);
    return [{ dtype: targetOf(context), shape: [...context.shape(0)] }];
  },
  lower(context) {
    const zeroPoint = context.has(2) ? emitSpread(context, 2) : null;
    const scale = emitSpread(context, 1);
    const scaled = emitArithmetic(context, "Div", context.value(0), scale);
    context.finish(emitSaturated(context, scaled, zeroPoint, targetOf(context)));
  },
};

/** (x − zero point) · scale. */
export const dequantizeLinear: Operator = {
  names: ["DequantizeLinear"],
  takesIntegers: true,
  infer(context) {
    for (const i of [1, 2]) if (context.has(i)) layoutOf(context, i);
    const { dtype } = context.input(1);
    return [{ dtype, shape: [...context.shape(0)] }];
  },
  evaluate(context, [{ dtype }]) {
    const scales = spreadValues(context, 1);
    const zeros = context.has(2) ? spreadValues(context, 2) : null;
    const values = context.values(0);
    return [fromNumbers(dtype, values.map((x, i) => (x - (zeros?.[i] ?? 0)) * scales[i]))];
  },
  lower(context) {
    const x = context.value(0);
    const centred = context.has(2)
      ? emitArithmetic(context, "Add", x, emitSpread(context, 2), { factorB: -1 })
      : x;
    context.finish(emitArithmetic(context, "Mul", centred, emitSpread(context, 1)));
  },
};

/** Quantizes to uint8 by the range of the input itself, widened to hold 0. */
export const dynamicQuantizeLinear: Operator = {
  names: ["DynamicQuantizeLinear"],
  takesIntegers: true,
  infer: (context) => [
    { dtype: "uint8", shape: [...context.shape(0)] },
    { dtype: "float32", shape: [] },
    { dtype: "uint8", shape: [] },
  ],
  lower(context) {
    const x = context.value(0);
    const axes = context.shape(0).map((_, axis) => axis);
    const scalar = (value: string) => context.emit("Reshape", [value], { shape: [] });
    const high = emitUnary(
      context,
      "clip",
      scalar(emitReduce(context, "max", x, axes)),
      0,
      Infinity,
    );
    const low = emitUnary(
      context,
      "clip",
      scalar(emitReduce(context, "min", x, axes)),
      -Infinity,
      0,
    );
    const range = emitArithmetic(context, "Add", high, low, { factorB: -1 });
    const scale = emitArithmetic(context, "Div", range, context.newConstant([], [255]));
    const offset = emitArithmetic(context, "Div", emitUnary(context, "neg", low), scale);
    const zeroPoint = emitUnary(context, "clip", emitUnary(context, "round", offset), 0, 255);
    const scaled = emitArithmetic(context, "Div", x, scale);
    context.finish(emitSaturated(context, scaled, zeroPoint, "uint8"));
    if (context.node.outputs[1]) context.finish(scale, 1);
    if (context.node.outputs[2]) context.finish(zeroPoint, 2);
  },
};
