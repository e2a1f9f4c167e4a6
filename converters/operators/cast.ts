/**
 * Cast.
 * @module
 */
import type { DType } from "../graph/graph.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers, isFloat, toNumbers } from "./values.ts";

/** ONNX TensorProto.DataType numbers. */
const TYPES: Record<number, DType> = {
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
};

/** Between floating types a no-op; of constants anything. */
export const cast: Operator = {
  names: ["Cast"],
  infer(context) {
    const dtype = TYPES[context.number("to", 0)] ?? context.refuse("it casts to an unknown type");
    return [{ dtype, shape: context.shape(0) }];
  },
  evaluate: (context, [{ dtype }]) => [fromNumbers(dtype, toNumbers(context.input(0).data!))],
  lower(context) {
    if (!isFloat(context.input(0).dtype)) context.refuse("it casts a computed integer");
    context.finish(context.value(0));
  },
};
