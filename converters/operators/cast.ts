/**
 * Cast and CastLike.
 * @module
 */
import type { DType } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers } from "./values.ts";

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

function target(context: NodeContext): DType {
  if (context.node.op === "CastLike") return context.input(1).dtype;
  const type = context.number("to", 0);
  return TYPES[type] ?? context.refuse(`it casts to element type ${type}`);
}

/** Another element type. To a floating-point type it does nothing: the runtime has float32 only. */
export const cast: Operator = {
  names: ["Cast", "CastLike"],
  takesIntegers: true,
  infer(context) {
    return [{ dtype: target(context), shape: [...context.shape(0)] }];
  },
  evaluate: (context, [{ dtype }]) => [fromNumbers(dtype, context.values(0))],
  lower: (context) => context.finish(context.value(0)),
};
