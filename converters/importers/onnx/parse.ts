/**
 * Bytes of an ONNX file to its protobuf message.
 * @module
 */
import { fromBinary } from "@bufbuild/protobuf";
import { type GraphProto, type ModelProto, ModelProtoSchema } from "onnx-buf";
import { KedgeError } from "../../../runtime/format/error.ts";
import { recognize } from "./recognize.ts";

/** Oldest operator set of the default domain that is read (ONNX 1.2). */
export const OLDEST_OPSET = 7;

/** A message that holds a graph, and the version of its default operator set. */
export interface ParsedModel {
  graph: GraphProto;
  opset: number;
}

/**
 * Parses an ONNX model; byte fields are views on `bytes`.
 * @throws KedgeError `model/empty`, `model/wrong-type`, `model/truncated`, `model/not-protobuf` or
 * `model/opset`.
 */
export function parseModel(bytes: Uint8Array, file: string): ParsedModel {
  const doing = `Reading the ONNX model "${file}"`;
  const where = { file };
  if (bytes.length === 0) {
    throw new KedgeError({
      code: "model/empty",
      message: `${doing}: the file is empty`,
      where,
      got: "0 bytes",
      wanted: "an ONNX model",
      hint: "export or download the model again",
    });
  }
  const other = recognize(bytes);
  if (other) {
    throw new KedgeError({
      code: "model/wrong-type",
      message: `${doing}: the file is ${other}`,
      where,
      got: other,
      wanted: "an ONNX model (.onnx)",
      hint: "give a model in ONNX form, or a format that kedge imports",
    });
  }
  const model = parse(bytes, file);
  if (!model.graph) {
    const cut = model.irVersion !== 0n;
    throw new KedgeError({
      code: cut ? "model/truncated" : "model/wrong-type",
      message: cut
        ? `${doing}: the file ends before its graph`
        : `${doing}: the file holds no ONNX graph`,
      where,
      got: `${bytes.length} bytes without a graph`,
      wanted: "an ONNX model with a graph",
      hint: "export or download the model again",
    });
  }
  if (model.opsetImport.length === 0) {
    throw new KedgeError({
      code: "model/truncated",
      message: `${doing}: the file ends before its operator set version`,
      where,
      got: `${bytes.length} bytes without opset_import`,
      wanted: "a complete ONNX model",
      hint: "export or download the model again",
    });
  }
  return { graph: model.graph, opset: opsetOf(model, file) };
}

function parse(bytes: Uint8Array, file: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const cut = reason.includes("premature EOF");
    throw new KedgeError({
      code: cut ? "model/truncated" : "model/not-protobuf",
      message: `Reading the ONNX model "${file}": ${
        cut ? "the file ends too early" : "the file is not a valid protobuf"
      }`,
      where: { file },
      got: `${bytes.length} bytes; ${reason}`,
      wanted: "a complete ONNX model",
      hint: "export or download the model again",
    }, { cause });
  }
}

function opsetOf(model: ModelProto, file: string): number {
  const entry = model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  const version = entry ? Number(entry.version) : null;
  if (version !== null && version >= OLDEST_OPSET) return version;
  throw new KedgeError({
    code: "model/opset",
    message: `Reading the ONNX model "${file}": its operator set is ${
      version === null ? "not named" : "too old"
    }`,
    where: { file },
    got: version === null ? "no opset of the default domain" : `${version}`,
    wanted: `opset ${OLDEST_OPSET} or later`,
    hint: `export the model again with opset ${OLDEST_OPSET} or later`,
  });
}
