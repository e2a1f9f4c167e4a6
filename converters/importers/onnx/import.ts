/**
 * ONNX file to SourceGraph (onnx.ai/onnx/repo-docs/IR.html).
 * @module
 */
import type { GraphProto } from "onnx-buf";
import { KedgeError } from "../../../runtime/format/error.ts";
import type { SourceGraph, SourceNode, Tensor } from "../../graph/graph.ts";
import { resolveInputs } from "./dims.ts";
import { ExternalData } from "./external.ts";
import { checkUses, claim } from "./names.ts";
import { readNode } from "./nodes.ts";
import { sortNodes } from "./order.ts";
import { parseModel } from "./parse.ts";
import type { ModelSource } from "./source.ts";
import { readTensor } from "./tensor.ts";

/** Choices at import. */
export interface ImportOptions {
  /** Sizes of open dimensions, by symbol, or by `input:axis` where they have none. */
  dims?: Record<string, number>;
}

/**
 * Reads an ONNX model, opset 7 or later. Input shapes are static afterwards; other shapes are not
 * inferred yet. Weights are views on `source.bytes` where their alignment in the file allows, else
 * copies; float16 and bfloat16 are decoded to Float32Array.
 * @throws KedgeError `model/empty`, `model/truncated`, `model/not-protobuf`, `model/wrong-type`,
 * `model/opset`, `model/duplicate`, `model/missing-initializer`, `model/missing-output`,
 * `model/cycle`, `model/shape`, `model/dynamic-shape`, `model/external-data`, `model/unsupported`
 * or `usage/dim`.
 */
export async function importOnnx(
  source: ModelSource,
  options: ImportOptions = {},
): Promise<SourceGraph> {
  const file = source.name;
  const { graph: proto, opset } = parseModel(source.bytes, file);
  checkNotEmpty(proto, file);
  const external = new ExternalData(source);
  const given = new Map<string, string>();
  const tensors = new Map<string, Tensor>();

  for (const initializer of proto.initializer) {
    const { name } = initializer;
    claim(given, name, "an initializer", file);
    tensors.set(name, await readTensor(initializer, name, file, external));
  }
  // Before IR version 4, initializers are listed among the inputs as well.
  const open = proto.input.filter(({ name }) => !tensors.has(name));
  for (const { name } of open) claim(given, name, "an input", file);
  for (const input of resolveInputs(open, options.dims ?? {}, file)) {
    tensors.set(input.name, input);
  }
  const nodes: SourceNode[] = [];
  for (const node of proto.node) {
    const read = await readNode(node, file, external);
    nodes.push(read);
    for (const name of read.outputs) {
      if (name === "") continue;
      claim(given, name, `node "${read.name}"`, file);
      // The element type is a guess until shape inference sets it.
      tensors.set(name, { name, dtype: "float32", shape: null });
    }
  }
  const graph: SourceGraph = {
    name: proto.name,
    opset,
    nodes,
    tensors,
    inputs: open.map(({ name }) => name),
    outputs: proto.output.map(({ name }) => name),
  };
  checkUses(graph, given, file);
  return { ...graph, nodes: sortNodes(nodes, file) };
}

function checkNotEmpty(graph: GraphProto, file: string): void {
  if (graph.sparseInitializer.length > 0) {
    throw new KedgeError({
      code: "model/unsupported",
      message: `Reading the ONNX model "${file}": sparse initializers are not supported`,
      where: {
        file,
        tensor: graph.sparseInitializer[0].values?.name ?? "",
      },
      got: `${graph.sparseInitializer.length} sparse initializer(s)`,
      wanted: "dense initializers",
      hint: "export the model with dense weights",
    });
  }
  if (graph.output.length > 0) return;
  throw new KedgeError({
    code: "model/empty",
    message: `Reading the ONNX model "${file}": its graph has no outputs`,
    where: { file },
    got: `${graph.node.length} nodes, no outputs`,
    wanted: "at least one output",
    hint: "export the model again",
  });
}
