/**
 * ONNX nodes with their attributes, and the graphs in them.
 * @module
 */
import {
  type AttributeProto,
  AttributeProto_AttributeType as Type,
  type GraphProto,
  type NodeProto,
} from "onnx-buf";
import type { Attribute, SourceGraph, SourceNode, Tensor } from "../../graph/graph.ts";
import type { ExternalData } from "./external.ts";
import { sortNodes } from "./order.ts";
import { readTensor } from "./tensor.ts";

const text = new TextDecoder();

/**
 * One node. What the graphs in its attributes take from outside of them is added to its inputs, so
 * that it stands behind whatever gives that.
 */
export async function readNode(
  node: NodeProto,
  file: string,
  external: ExternalData,
): Promise<SourceNode> {
  const output = node.output.find((name) => name !== "") ?? "";
  const attributes = await readAttributes(node.attribute, file, external);
  const taken = Object.values(attributes).flatMap((value) =>
    isGraph(value) ? takenFromOutside(value) : []
  );
  return {
    name: node.name || `${node.opType}_${output}`,
    op: node.opType,
    domain: node.domain === "ai.onnx" ? "" : node.domain,
    inputs: [...node.input, ...new Set(taken)],
    outputs: node.output,
    attributes,
  };
}

/** Whether an attribute is a graph. */
export function isGraph(value: Attribute | undefined): value is SourceGraph {
  return typeof value === "object" && "nodes" in value;
}

/** Names that a graph takes and does not give. */
function takenFromOutside({ nodes, tensors, outputs }: SourceGraph): string[] {
  return [...nodes.flatMap(({ inputs }) => inputs), ...outputs]
    .filter((name) => name !== "" && !tensors.has(name));
}

/** A graph in an attribute: a branch. */
async function readGraph(
  proto: GraphProto,
  file: string,
  external: ExternalData,
): Promise<SourceGraph> {
  const tensors = new Map<string, Tensor>();
  for (const initializer of proto.initializer) {
    const { name } = initializer;
    tensors.set(name, await readTensor(initializer, name, file, external));
  }
  const inputs = proto.input.map(({ name }) => name);
  const nodes: SourceNode[] = [];
  for (const node of proto.node) nodes.push(await readNode(node, file, external));
  for (const name of [...inputs, ...nodes.flatMap(({ outputs }) => outputs)]) {
    if (name !== "") tensors.set(name, { name, dtype: "float32", shape: null });
  }
  return {
    name: proto.name,
    opset: 0,
    nodes: sortNodes(nodes, file),
    tensors,
    inputs,
    outputs: proto.output.map(({ name }) => name),
  };
}

/**
 * The attributes of a node by name. Kinds that no supported operator has (lists of tensors or graphs,
 * sparse tensors, types) are left out: their operators are reported as unsupported later.
 */
async function readAttributes(
  attributes: readonly AttributeProto[],
  file: string,
  external: ExternalData,
): Promise<Record<string, Attribute>> {
  const values: Record<string, Attribute> = {};
  for (const attribute of attributes) {
    const value = await readAttribute(attribute, file, external);
    if (value !== undefined) values[attribute.name] = value;
  }
  return values;
}

async function readAttribute(
  attribute: AttributeProto,
  file: string,
  external: ExternalData,
): Promise<Attribute | undefined> {
  switch (attribute.type) {
    case Type.FLOAT:
      return attribute.f;
    case Type.INT:
      return toNumber(attribute.i);
    case Type.STRING:
      return text.decode(attribute.s);
    case Type.FLOATS:
      return attribute.floats;
    case Type.INTS:
      return attribute.ints.map(toNumber);
    case Type.STRINGS:
      return attribute.strings.map((s) => text.decode(s));
    case Type.TENSOR:
      return attribute.t &&
        await readTensor(attribute.t, attribute.t.name, file, external);
    case Type.GRAPH:
      return attribute.g && await readGraph(attribute.g, file, external);
  }
}

/** int64 as a number, clamped to ±2⁵³. */
function toNumber(value: bigint): number {
  return Math.max(-(2 ** 53), Math.min(2 ** 53, Number(value)));
}
