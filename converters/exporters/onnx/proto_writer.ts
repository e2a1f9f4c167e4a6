/**
 * An ONNX model while it is written.
 * @module
 */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Type,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType as DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";

/** HardSwish came with 14; from 18 on, Reduce and Split take their axes otherwise. */
const OPSET = 17;
const IR_VERSION = 8;

/** Element types that a constant can be written in; float16 as bit patterns. */
export type ElementType = "float32" | "float16" | "int8" | "uint8" | "int32" | "int64";

/** ONNX's numbers for them. */
export const DATA_TYPES: Record<ElementType, DataType> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  int8: DataType.INT8,
  uint8: DataType.UINT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
};

/** Attributes of a node; a lone number is an integer, `{ float }` is not. */
export type Attributes = Record<string, number | readonly number[] | { float: number }>;

/** A model input or output. */
export interface Port {
  name: string;
  type: ElementType;
  shape: readonly number[];
}

type Node = MessageInitShape<typeof NodeProtoSchema> & { input: string[]; output: string[] };

/** Collects nodes and constants; names are made unique. */
export class ProtoWriter {
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, MessageInitShape<typeof TensorProtoSchema>>();
  readonly #taken: Set<string>;
  readonly #names = new Set<string>();

  /** @param taken names of values that are given already: the inputs and outputs. */
  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  /** A name for a value that no other has, as near to the wanted one as can be. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}/${i}`;
    this.#taken.add(name);
    return name;
  }

  /** A constant; gives its name. */
  constant(
    wanted: string,
    type: ElementType,
    dims: readonly number[],
    values: ArrayBufferView,
  ): string {
    const name = this.fresh(wanted);
    const { buffer, byteOffset, byteLength } = values;
    const rawData = new Uint8Array(buffer, byteOffset, byteLength).slice();
    this.#constants.set(name, {
      name,
      dims: dims.map(BigInt),
      dataType: DATA_TYPES[type],
      rawData,
    });
    return name;
  }

  /** A node that makes the value `output`; an input that is "" is left out. */
  node(
    name: string,
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Attributes = {},
  ): string {
    let unique = name;
    for (let i = 2; this.#names.has(unique); i++) unique = `${name}/${i}`;
    this.#names.add(unique);
    this.#nodes.push({
      name: unique,
      opType,
      input: [...inputs],
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) =>
        typeof value === "number"
          ? { name, type: Type.INT, i: BigInt(value) }
          : "float" in value
          ? { name, type: Type.FLOAT, f: value.float }
          : { name, type: Type.INTS, ints: value.map(BigInt) }
      ),
    });
    return output;
  }

  /** Gives a value that some node makes another name. */
  rename(from: string, to: string): void {
    const renamed = (name: string) => name === from ? to : name;
    for (const node of this.#nodes) {
      node.input = node.input.map(renamed);
      node.output = node.output.map(renamed);
    }
  }

  /** The model's bytes; the same calls give the same bytes. */
  finish(
    graph: { name: string; inputs: readonly Port[]; outputs: readonly Port[] },
    version: string,
  ): Uint8Array<ArrayBuffer> {
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: BigInt(IR_VERSION),
        producerName: "kedge",
        producerVersion: version,
        opsetImport: [{ domain: "", version: BigInt(OPSET) }],
        graph: {
          name: graph.name,
          node: this.#nodes,
          initializer: [...this.#constants.values()],
          input: graph.inputs.map(valueInfo),
          output: graph.outputs.map(valueInfo),
        },
      }),
    );
  }
}

function valueInfo({ name, type, shape }: Port): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((size) => ({
    value: { case: "dimValue" as const, value: BigInt(size) },
  }));
  return {
    name,
    type: {
      value: { case: "tensorType", value: { elemType: DATA_TYPES[type], shape: { dim } } },
    },
  };
}
