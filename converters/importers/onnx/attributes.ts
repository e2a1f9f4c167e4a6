/**
 * Attributes of ONNX nodes.
 * @module
 */
import { type AttributeProto, AttributeProto_AttributeType as Type } from "onnx-buf";
import type { Attribute } from "../../graph/graph.ts";
import type { ExternalData } from "./external.ts";
import { readTensor } from "./tensor.ts";

const text = new TextDecoder();

/**
 * The attributes of a node by name. Kinds that no supported operator has (graphs, lists of tensors,
 * sparse tensors, types) are left out: their operators are reported as unsupported later.
 */
export async function readAttributes(
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
  }
}

/** int64 as a number, clamped to ±2⁵³. */
function toNumber(value: bigint): number {
  return Math.max(-(2 ** 53), Math.min(2 ** 53, Number(value)));
}
