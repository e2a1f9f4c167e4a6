/**
 * Inputs that always have one value.
 * @module
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProtoSchema } from "onnx-buf";
import { KedgeError } from "../../../runtime/format/error.ts";
import { parseModel } from "./parse.ts";

type Values = Pick<MessageInitShape<typeof TensorProtoSchema>, Field>;
type Field = "floatData" | "int32Data" | "int64Data" | "doubleData";

/** Where TensorProto has the values of an element type. */
const FIELDS: Readonly<Record<number, (values: number[]) => Values>> = {
  1: (floatData) => ({ floatData }),
  6: (int32Data) => ({ int32Data }),
  7: (values) => ({ int64Data: values.map(BigInt) }),
  9: (int32Data) => ({ int32Data }),
  11: (doubleData) => ({ doubleData }),
};

/**
 * The model with some inputs as constants, every element of which has the given value. Open
 * dimensions of such an input are 1. Without constants these are the bytes themselves.
 * @throws KedgeError `usage/constant` for a name that no input has, or one of another element type
 * than float32, float64, int32, int64 and bool; and what `parseModel` throws.
 */
export function fixInputs(
  bytes: Uint8Array<ArrayBuffer>,
  constants: Readonly<Record<string, number>>,
  file: string,
): Uint8Array<ArrayBuffer> {
  if (Object.keys(constants).length === 0) return bytes;
  parseModel(bytes, file);
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph!;
  for (const [name, value] of Object.entries(constants)) {
    const input = graph.input.find((one) => one.name === name);
    const type = input?.type?.value.case === "tensorType" ? input.type.value.value : null;
    const write = FIELDS[type?.elemType ?? 0];
    const whole = [6, 7].includes(type?.elemType ?? 0);
    if (!input || !type || !write || whole && !Number.isSafeInteger(value)) {
      throw new KedgeError({
        code: "usage/constant",
        message: `Reading the ONNX model "${file}": its input "${name}" cannot always be ${value}`,
        where: { file, tensor: name },
        got: input ? `an input that takes no such value` : "no such input",
        wanted: `one of ${graph.input.map((one) => one.name).join(", ")}`,
        hint: "`kedge inspect` lists the inputs with their types",
      });
    }
    const dims = (type.shape?.dim ?? []).map(({ value: size }) =>
      size.case === "dimValue" && size.value > 0n ? size.value : 1n
    );
    const count = dims.reduce((product, dim) => product * Number(dim), 1);
    const values = new Array<number>(count).fill(value);
    graph.input = graph.input.filter((one) => one.name !== name);
    graph.initializer.push(
      create(TensorProtoSchema, { name, dims, dataType: type.elemType, ...write(values) }),
    );
  }
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}
