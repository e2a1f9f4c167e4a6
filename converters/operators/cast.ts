/**
 * Cast and CastLike.
 * @module
 */
import { fromFloat16, toFloat16 } from "../../runtime/format/float16.ts";
import type { DType, TensorData } from "../graph/graph.ts";
import { emitTruncate, emitTruth } from "./conditions.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers, isFloat } from "./values.ts";

/** By the number of TensorProto.DataType; bfloat16 is held as float32. */
const TYPES: Readonly<Record<number, DType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "float32",
};

/** The element type that an attribute names. */
export function elementType(context: NodeContext, name: string, fallback: number): DType {
  const type = context.number(name, fallback);
  return TYPES[type] ?? context.refuse(`it makes values of element type ${type}`);
}

/** What Cast and its like cast to. */
export function castTarget(context: NodeContext): DType {
  return context.node.op === "CastLike" ? context.input(1).dtype : elementType(context, "to", 0);
}

/** Element types in an order in which each holds all values of those before it that matter here. */
const WIDTHS: readonly (readonly DType[])[] = [
  ["bool"],
  ["uint8", "int8"],
  ["uint16", "int16"],
  ["uint32", "int32"],
  ["uint64", "int64"],
];

const widthOf = (dtype: DType) => WIDTHS.findIndex((types) => types.includes(dtype));

/** Whether a cast between integer types changes no value. */
function keepsIntegers(from: DType, to: DType): boolean {
  // No number in reach of float32 is beyond int32.
  return from === to || from === "int64" && to === "int32" ||
    widthOf(from) < widthOf(to) && !(to.startsWith("u") && from.startsWith("i"));
}

/** Another element type; to a floating-point type it does nothing, the runtime has float32 only. */
export const cast: Operator = {
  names: ["Cast", "CastLike"],
  takesIntegers: true,
  infer(context) {
    const from = context.input(0).dtype;
    const to = castTarget(context);
    const taken = isFloat(from) || isFloat(to) || to === "bool" || keepsIntegers(from, to);
    if (!taken && !context.isConstant(0)) context.refuse(`it casts computed ${from} to ${to}`);
    return [{ dtype: to, shape: [...context.shape(0)] }];
  },
  evaluate: (context, [{ dtype }]) => [castData(context, dtype)],
  lower(context) {
    const from = context.input(0).dtype;
    const to = castTarget(context);
    const x = context.value(0);
    if (to === "bool" && from !== "bool") context.finish(emitTruth(context, x));
    else if (isFloat(from) && !isFloat(to)) context.finish(emitTruncate(context, x));
    else context.finish(x);
  },
};

/** Constant values in another type; float16 is rounded to. */
function castData(context: NodeContext, dtype: DType): TensorData {
  const values = context.values(0);
  if (dtype === "float16") return Float32Array.from(values, (x) => fromFloat16(toFloat16(x)));
  return fromNumbers(dtype, values);
}
