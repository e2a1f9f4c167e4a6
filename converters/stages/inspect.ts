/**
 * Tells what is in a model file without converting it.
 * @module
 */
import { verifyChecksum } from "../../runtime/format/checksum.ts";
import { type ErrorData, KedgeError } from "../../runtime/format/error.ts";
import type { Model } from "../../runtime/format/model.ts";
import { isKedge, readModel } from "../../runtime/format/reader.ts";
import { expand } from "../../runtime/format/structure/expand_file.ts";
import type { LayerReport } from "../check/report.ts";
import type { Tensor } from "../graph/graph.ts";
import { fixInputs, importOnnx } from "../importers/onnx/mod.ts";
import { assertSupported, inferShapes, lower } from "../operators/mod.ts";
import { simplifyNoting } from "../simplify/mod.ts";
import { packPlain } from "./calibrate.ts";
import { reportLayers } from "./layers.ts";
import { openBundle, packedIn } from "../targets/deno/mod.ts";
import { openMcu } from "../targets/mcu/mod.ts";
import { countParameters, readBytes, sha256 } from "./read_source.ts";

/** A model input or output. */
export interface TensorInfo {
  /** Name. */
  name: string;
  /** Element type. */
  dtype: string;
  /** Static shape; null where it is not known. */
  shape: readonly number[] | null;
}

/** What a model file holds. */
export interface Inspection {
  /** Path that was read. */
  file: string;
  /** What kind of file it is. */
  format: "onnx" | "kedge";
  /** Name. */
  name: string;
  /** SHA-256 of the file, lower-case hex. */
  sha256: string;
  /** Bytes of the file. */
  bytes: number;
  /** The inputs, in order. */
  inputs: TensorInfo[];
  /** The outputs, in order. */
  outputs: TensorInfo[];
  /** Float constants of a source model; elements of all constants of a packed one. */
  parameters: number;
  /** Two per multiply-accumulate; null where some operators are unsupported. */
  operations: number | null;
  /** How often each operator occurs. */
  operators: Record<string, number>;
  /** Every node that cannot be converted, each with its reason. */
  unsupported: ErrorData[];
  /** The runtime's operators as they would run (or do run); empty where some are unsupported. */
  layers: LayerReport[];
  /** Bytes of the arena with the types as they stand; null where some operators are unsupported. */
  arenaBytes: number | null;
  /** Operator set version of an ONNX file. */
  opset?: number;
  /** Class names of a packed model. */
  labels?: readonly string[];
  /** Preprocessing of a packed model. */
  preprocess?: Model["preprocess"];
  /** Where a packed model came from. */
  provenance?: Model["provenance"];
  /** Golden samples of a packed model. */
  golden?: number;
}

/**
 * Inspects an ONNX or a .kedge file, or the latter inside a bundle.
 * @param dims sizes of open dimensions by name.
 * @param constants inputs that always have one value, by name.
 * @throws KedgeError when the file is damaged; unsupported operators are no error here.
 */
export async function inspect(
  path: string,
  dims: Record<string, number> = {},
  constants: Record<string, number> = {},
): Promise<Inspection> {
  const isFolder = (await Deno.stat(path).catch(() => null))?.isDirectory;
  const bytes = isFolder
    ? (await openMcu(path, null))?.packed ?? await packedIn((await openBundle(path)).emitted)
    : await readBytes(path, "model");
  const common = { file: path, sha256: await sha256(bytes), bytes: bytes.length };
  return isKedge(bytes)
    ? { ...common, ...await inspectKedge(bytes) }
    : { ...common, ...await inspectOnnx(path, bytes, dims, constants) };
}

type Contents = Omit<Inspection, "file" | "sha256" | "bytes">;

async function inspectKedge(bytes: Uint8Array<ArrayBuffer>): Promise<Contents> {
  const model = readModel(bytes);
  await verifyChecksum(expand(bytes));
  const info = (index: number): TensorInfo => {
    const { name, dtype, shape } = model.tensors[index];
    return { name, dtype, shape };
  };
  return {
    format: "kedge",
    name: model.provenance.name,
    inputs: model.inputs.map(info),
    outputs: model.outputs.map(info),
    parameters: model.tensors.reduce((sum, { data, size }) => sum + (data ? size : 0), 0),
    operators: count(model.operators.map(({ op }) => op)),
    unsupported: [],
    ...runs(model, new Map()),
    labels: model.labels,
    preprocess: model.preprocess,
    provenance: model.provenance,
    golden: model.golden.length,
  };
}

async function inspectOnnx(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  dims: Record<string, number>,
  constants: Record<string, number>,
): Promise<Contents> {
  const name = path.split("/").pop() ?? path;
  const folder = path.slice(0, path.length - name.length);
  const graph = await importOnnx({
    name,
    bytes: fixInputs(bytes, constants, name),
    readBeside: (file) => readBytes(folder + file, "weights file"),
  }, { dims });
  const info = (tensors: ReadonlyMap<string, Tensor>) => (name: string): TensorInfo => {
    const { dtype = "float32", shape = null } = tensors.get(name) ?? {};
    return { name, dtype, shape };
  };
  const contents: Contents = {
    format: "onnx",
    name: graph.name,
    inputs: graph.inputs.map(info(graph.tensors)),
    outputs: graph.outputs.map(info(graph.tensors)),
    parameters: countParameters(graph),
    operations: null,
    operators: count(graph.nodes.map(({ op }) => op)),
    unsupported: [],
    layers: [],
    arenaBytes: null,
    opset: graph.opset,
  };
  try {
    assertSupported(graph);
  } catch (error) {
    if (!(error instanceof KedgeError) || !error.data.details) throw error;
    return { ...contents, unsupported: error.data.details };
  }
  const inferred = inferShapes(graph);
  const { graph: core, reasons } = simplifyNoting(lower(inferred));
  const packed = readModel(await packPlain(core));
  return {
    ...contents,
    outputs: graph.outputs.map(info(inferred.tensors)),
    parameters: countParameters(inferred),
    ...runs(packed, reasons),
  };
}

function runs(
  model: Model,
  reasons: Map<string, string>,
): Pick<Inspection, "operations" | "layers" | "arenaBytes"> {
  const layers = reportLayers(model, null, reasons);
  const operations = 2 * layers.reduce((sum, { macs }) => sum + macs, 0);
  return { operations, layers, arenaBytes: model.arenaBytes };
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
