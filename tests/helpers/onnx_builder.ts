/** Writes small ONNX models for tests. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";

/** Numbers of the element types, as TensorProto.DataType has them. */
export const TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** Name of an element type. */
export type TypeName = keyof typeof TYPES;

/** A dimension: its size, the name it is open by, or null where it is open without one. */
export type Dim = number | string | null;

/** Value of an attribute; a whole number is an INT, unless it is wrapped as `{ float }`. */
export type AttributeValue = number | string | number[] | { float: number } | TensorProto;

/** What a model is made of. */
export interface ModelParts {
  nodes: NodeProto[];
  inputs?: ValueInfoProto[];
  outputs: string[];
  initializers?: TensorProto[];
  /** Version of the default operator set; 17 when left out, none when null. */
  opset?: number | null;
  name?: string;
}

/** Bytes of a model. */
export function onnxModel(parts: ModelParts): Uint8Array<ArrayBuffer> {
  const { nodes, inputs = [], outputs, initializers = [], opset = 17, name = "test" } = parts;
  const graph = create(GraphProtoSchema, {
    name,
    node: nodes,
    input: inputs,
    output: outputs.map((output) => create(ValueInfoProtoSchema, { name: output })),
    initializer: initializers,
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    graph,
    opsetImport: opset === null ? [] : [{ domain: "", version: BigInt(opset) }],
  });
  return toBinary(ModelProtoSchema, model);
}

/** A node; it is named after its first output. */
export function onnxNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
  domain = "",
): NodeProto {
  return create(NodeProtoSchema, {
    name: `${outputs[0]}_node`,
    opType: op,
    domain,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [attribute(name, value)]
    ),
  });
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "string") {
    const s = new TextEncoder().encode(value);
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s });
  }
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  }
  if (Array.isArray(value)) {
    return value.every(Number.isInteger)
      ? create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) })
      : create(AttributeProtoSchema, { name, type: Kind.FLOATS, floats: value });
  }
  return "float" in value
    ? create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float })
    : create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: value });
}

/** A float32 or integer constant. */
export function onnxTensor(
  name: string,
  dims: readonly number[],
  values: readonly number[],
  type: "float32" | "int64" | "int32" | "bool" = "float32",
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: TYPES[type],
    ...(type === "float32" && { floatData: [...values] }),
    ...(type === "int64" && { int64Data: values.map(BigInt) }),
    ...((type === "int32" || type === "bool") && { int32Data: [...values] }),
  });
}

/** A graph input. */
export function onnxInput(
  name: string,
  dims: readonly Dim[],
  type: TypeName = "float32",
): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: tensorType(dims, TYPES[type]) });
}

/** A float32 graph input of static shape. */
export function floatInput(name: string, dims: readonly number[]): ValueInfoProto {
  return onnxInput(name, dims);
}

function tensorType(dims: readonly Dim[], elemType: number): TypeProto {
  return create(TypeProtoSchema, {
    value: {
      case: "tensorType",
      value: {
        elemType,
        shape: {
          dim: dims.map((dim) => ({
            value: typeof dim === "number"
              ? { case: "dimValue" as const, value: BigInt(dim) }
              : typeof dim === "string"
              ? { case: "dimParam" as const, value: dim }
              : { case: undefined },
          })),
        },
      },
    },
  });
}
