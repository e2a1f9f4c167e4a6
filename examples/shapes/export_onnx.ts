/**
 * Writes the trained network as an ONNX model, channels first, with an open batch dimension.
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
import { BatchNormalization } from "./batch_normalization.ts";
import { Convolution } from "./convolution.ts";
import { CLASSES, SIZE } from "./draw.ts";
import type { Layer } from "./layer.ts";
import { Dense, GlobalAveragePool, MaxPool, Relu, Residual } from "./layers.ts";

type Node = MessageInitShape<typeof NodeProtoSchema>;
type Tensor = MessageInitShape<typeof TensorProtoSchema>;
type ValueInfo = MessageInitShape<typeof ValueInfoProtoSchema>;

const OPSET = 17;
const IR_VERSION = 8;

/** The graph while it grows. */
class GraphWriter {
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];

  /** A constant; gives its name. */
  constant(name: string, dims: readonly number[], values: Float32Array): string {
    const rawData = new Uint8Array(values.slice().buffer);
    this.initializers.push({ name, dims: dims.map(BigInt), dataType: DataType.FLOAT, rawData });
    return name;
  }

  /** A node with one output, named after it; gives the output's name. */
  node(
    opType: string,
    name: string,
    inputs: string[],
    attributes: Record<string, number | number[]> = {},
  ): string {
    this.nodes.push({
      opType,
      name,
      input: inputs,
      output: [name],
      attribute: Object.entries(attributes).map(([name, value]) =>
        Array.isArray(value)
          ? { name, type: Type.INTS, ints: value.map(BigInt) }
          : name === "epsilon"
          ? { name, type: Type.FLOAT, f: value }
          : { name, type: Type.INT, i: BigInt(value) }
      ),
    });
    return name;
  }
}

/** The model's bytes; the same network gives the same bytes. */
export function exportOnnx(network: readonly Layer[]): Uint8Array<ArrayBuffer> {
  const writer = new GraphWriter();
  writeLayers(writer, network, "input", "");
  writer.nodes[writer.nodes.length - 1].output = ["scores"];
  const value = (name: string, dims: readonly number[]): ValueInfo => ({
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: DataType.FLOAT,
          shape: {
            dim: [
              { value: { case: "dimParam", value: "batch" } },
              ...dims.map((dim) => ({
                value: { case: "dimValue" as const, value: BigInt(dim) },
              })),
            ],
          },
        },
      },
    },
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(IR_VERSION),
      producerName: "kedge/examples/shapes",
      opsetImport: [{ domain: "", version: BigInt(OPSET) }],
      graph: {
        name: "shapes",
        node: writer.nodes,
        initializer: writer.initializers,
        input: [value("input", [3, SIZE, SIZE])],
        output: [value("scores", [CLASSES.length])],
      },
    }),
  );
}

/** Writes layers one behind the other; gives the name of the last output. */
function writeLayers(
  writer: GraphWriter,
  layers: readonly Layer[],
  input: string,
  prefix: string,
): string {
  return layers.reduce((from, layer, i) => {
    const name = `${prefix}${i}`;
    if (layer instanceof Convolution) {
      const dims = [layer.outputs, layer.inputs, 3, 3];
      const weights = writer.constant(`conv${name}/weights`, dims, channelsFirst(layer));
      return writer.node("Conv", `conv${name}`, [from, weights], {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
      });
    }
    if (layer instanceof BatchNormalization) {
      const { channels, scale, bias, mean, variance } = layer;
      const parts = { scale: scale.value, bias: bias.value, mean, variance };
      const constants = Object.entries(parts).map(([part, values]) =>
        writer.constant(`norm${name}/${part}`, [channels], values)
      );
      const { epsilon } = BatchNormalization;
      return writer.node("BatchNormalization", `norm${name}`, [from, ...constants], { epsilon });
    }
    if (layer instanceof Relu) return writer.node("Relu", `relu${name}`, [from]);
    if (layer instanceof MaxPool) {
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      return writer.node("MaxPool", `pool${name}`, [from], window);
    }
    if (layer instanceof Residual) {
      const inner = writeLayers(writer, layer.inner, from, `${name}_`);
      return writer.node("Add", `add${name}`, [from, inner]);
    }
    if (layer instanceof GlobalAveragePool) {
      const mean = writer.node("GlobalAveragePool", `mean${name}`, [from]);
      return writer.node("Flatten", `flatten${name}`, [mean]);
    }
    if (layer instanceof Dense) {
      const { inputs, outputs, weights, bias } = layer;
      return writer.node("Gemm", `dense${name}`, [
        from,
        writer.constant(`dense${name}/weights`, [outputs, inputs], weights.value),
        writer.constant(`dense${name}/bias`, [outputs], bias.value),
      ], { transB: 1 });
    }
    throw new Error(`layer ${name} has no ONNX form`);
  }, input);
}

/** [output, row, column, input] to [output, input, row, column]. */
function channelsFirst({ inputs, outputs, weights: { value } }: Convolution): Float32Array {
  const out = new Float32Array(outputs * inputs * 9);
  for (let o = 0; o < outputs; o++) {
    for (let tap = 0; tap < 9; tap++) {
      for (let i = 0; i < inputs; i++) {
        out[(o * inputs + i) * 9 + tap] = value[(o * 9 + tap) * inputs + i];
      }
    }
  }
  return out;
}
