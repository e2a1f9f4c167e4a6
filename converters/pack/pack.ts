/**
 * Writes a planned graph as a `.kedge` file (runtime/format/kedge.fbs). Same input, same bytes.
 * @module
 */
import { Builder } from "flatbuffers";
import { checksumOf } from "../../runtime/format/checksum.ts";
import { bufferPositions, checksumPosition, FORMAT_VERSION } from "../../runtime/format/reader.ts";
import type { GoldenSample, Preprocess, Provenance } from "../../runtime/format/model.ts";
import { OPERATORS, type OperatorSpec } from "../../runtime/format/operators.ts";
import { type Coder, compact } from "../coding/mod.ts";
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";
import type { Plan } from "../plan/mod.ts";
import { type Bytes, Constants, type Encoded } from "./constants.ts";
import * as fbs from "./generated/model.ts";
import { Buffer } from "./generated/buffer.ts";
import { DType } from "./generated/dtype.ts";
import { Encoding } from "./generated/encoding.ts";
import { Golden } from "./generated/golden.ts";
import { Operator } from "./generated/operator.ts";
import * as fbp from "./generated/preprocess.ts";
import * as fbv from "./generated/provenance.ts";
import { Tensor as FbTensor } from "./generated/tensor.ts";

/** What a file holds besides the graph. */
export interface PackMeta {
  preprocess: Preprocess | null;
  /** Class names, may be empty. */
  labels: readonly string[];
  golden: readonly GoldenSample[];
  provenance: Provenance;
  /** How int8 constants are coded; not at all when left out. */
  coder?: Coder;
  /** Leaves out names of layers, and of tensors inside the model. */
  nameless?: boolean;
}

/**
 * Packs a graph.
 * @param plan offsets of every activation.
 */
export async function pack(
  graph: CoreGraph,
  plan: Plan,
  meta: PackMeta,
): Promise<Uint8Array<ArrayBuffer>> {
  const names = tensorNames(graph);
  const places = new Map(names.map((name, i) => [name, i]));
  const at = (name: string) => places.get(name)!;
  const constants = new Constants(meta.coder ?? "none");
  const encoded = new Map(names.flatMap((name) => {
    const tensor = graph.tensors.get(name)!;
    return tensor.data ? [[name, constants.add(tensor)]] : [];
  }));
  const buffers = constants.finish();
  // Room for all constants from the start: growing copies, and holds everything twice.
  const room = buffers.reduce((sum, { bytes }) => sum + bytes.length + ALIGNED, 1 << 16);
  const builder = new Builder(room);
  const nameless = meta.nameless ?? false;
  const labelOf = nameless ? shortNames(names, [...graph.inputs, ...graph.outputs]) : names;
  const tensors = names.map((name, i) => {
    const tensor = { ...graph.tensors.get(name)!, name: labelOf[i] };
    return writeTensor(builder, tensor, encoded.get(name) ?? null, plan.offsets.get(name) ?? 0);
  });
  const operators = graph.nodes.map((node, i) =>
    writeOperator(builder, nameless ? { ...node, name: String(i) } : node, at)
  );
  const golden = meta.golden.map((sample) => writeGolden(builder, sample));
  const preprocess = meta.preprocess ? writePreprocess(builder, meta.preprocess) : 0;
  const provenance = writeProvenance(builder, meta.provenance);
  const labels = meta.labels.map((label) => builder.createString(label));
  const fields = {
    labels: fbs.Model.createLabelsVector(builder, labels),
    golden: fbs.Model.createGoldenVector(builder, golden),
    inputs: fbs.Model.createInputsVector(builder, graph.inputs.map(at)),
    outputs: fbs.Model.createOutputsVector(builder, graph.outputs.map(at)),
    operators: fbs.Model.createOperatorsVector(builder, operators),
    tensors: fbs.Model.createTensorsVector(builder, tensors),
    checksum: fbs.Model.createChecksumVector(builder, new Uint8Array(32)),
    buffers: fbs.Model.createBuffersVector(
      builder,
      buffers.map(({ bytes, inPlace }) => writeBuffer(builder, bytes, inPlace ? 16 : 1)),
    ),
  };
  fbs.Model.startModel(builder);
  fbs.Model.addVersion(builder, FORMAT_VERSION);
  fbs.Model.addChecksum(builder, fields.checksum);
  fbs.Model.addTensors(builder, fields.tensors);
  fbs.Model.addOperators(builder, fields.operators);
  fbs.Model.addBuffers(builder, fields.buffers);
  fbs.Model.addInputs(builder, fields.inputs);
  fbs.Model.addOutputs(builder, fields.outputs);
  fbs.Model.addArenaBytes(builder, plan.arenaBytes);
  if (preprocess) fbs.Model.addPreprocess(builder, preprocess);
  if (labels.length) fbs.Model.addLabels(builder, fields.labels);
  if (golden.length) fbs.Model.addGolden(builder, fields.golden);
  fbs.Model.addProvenance(builder, provenance);
  builder.finish(fbs.Model.endModel(builder), "KEDG");
  const bytes = builder.asUint8Array().slice();
  bytes.set(await checksumOf(bytes), checksumPosition(bytes));
  return meta.coder === "auto" ? compact(bytes, denseParts(bytes, buffers)) : bytes;
}

/** Bytes that a buffer takes besides its own, at most. */
const ALIGNED = 64;

/** Largest constant that is coded with the structure. */
const LARGEST_STRUCTURE = 1 << 15;

/** Where coded and large constants stand in a file, in order. */
function denseParts(file: Uint8Array, buffers: readonly Bytes[]): { start: number; end: number }[] {
  const places = bufferPositions(file);
  return buffers.flatMap(({ bytes, dense }, i) => {
    return dense || bytes.length > LARGEST_STRUCTURE
      ? [{ start: places[i], end: places[i] + bytes.length }]
      : [];
  }).sort((a, b) => a.start - b.start);
}

/** Inputs, then each node's constants and output in running order. */
function tensorNames(graph: CoreGraph): string[] {
  const names = new Set(graph.inputs);
  for (const { inputs, output } of graph.nodes) {
    inputs.forEach((name) => names.add(name));
    names.add(output);
  }
  return [...names];
}

/** Numbers instead of names, but for those that stay. */
function shortNames(names: readonly string[], staying: readonly string[]): string[] {
  const taken = new Set(staying);
  const number = (i: number): string => {
    let short = i.toString(36);
    while (taken.has(short)) short += "_";
    return short;
  };
  return names.map((name, i) => taken.has(name) ? name : number(i));
}

function writeTensor(
  builder: Builder,
  { name, dtype, shape, quantization }: Tensor,
  encoded: Encoded | null,
  offset: number,
): number {
  const label = builder.createString(name);
  const dims = FbTensor.createShapeVector(builder, shape ?? []);
  const half = quantization?.channelScales;
  const scales = half ? FbTensor.createChannelScalesVector(builder, half) : 0;
  FbTensor.startTensor(builder);
  FbTensor.addName(builder, label);
  FbTensor.addDtype(builder, DType[dtype as keyof typeof DType]);
  if (shape?.length) FbTensor.addShape(builder, dims);
  FbTensor.addConstant(builder, encoded !== null);
  FbTensor.addPlace(builder, encoded ? encoded.buffer : offset);
  FbTensor.addEncoding(builder, encoded ? Encoding[encoded.encoding] : 0);
  FbTensor.addScale(builder, quantization?.scale ?? 1);
  FbTensor.addZeroPoint(builder, quantization?.zeroPoint ?? 0);
  if (scales) FbTensor.addChannelScales(builder, scales);
  FbTensor.addAxis(builder, quantization?.axis ?? 0);
  return FbTensor.endTensor(builder);
}

function writeOperator(
  builder: Builder,
  node: CoreNode,
  at: (name: string) => number,
): number {
  const spec: OperatorSpec = OPERATORS[node.op];
  const params: Record<string, number> = node.params;
  const ints = [...spec.ints.map((key) => params[key]), ...node.list];
  const name = builder.createString(node.name);
  const inputs = Operator.createInputsVector(builder, node.inputs.map(at));
  const intVector = Operator.createIntsVector(builder, ints);
  const floats = Operator.createFloatsVector(
    builder,
    spec.floats.map((key) => params[key]),
  );
  Operator.startOperator(builder);
  Operator.addCode(builder, spec.code);
  Operator.addName(builder, name);
  Operator.addInputs(builder, inputs);
  Operator.addOutput(builder, at(node.output));
  if (ints.length) Operator.addInts(builder, intVector);
  if (spec.floats.length) Operator.addFloats(builder, floats);
  return Operator.endOperator(builder);
}

/** Writes bytes at a multiple of `align`; flatc's own code ignores force_align. */
function writeBuffer(builder: Builder, bytes: Uint8Array, align = 16): number {
  // createByteVector would align to 1; reserve aligned room, then fill it.
  builder.startVector(1, bytes.length, align);
  const room = builder.offset() + bytes.length;
  builder.pad(bytes.length);
  const { bb } = builder as unknown as {
    bb: { bytes(): Uint8Array; capacity(): number };
  };
  bb.bytes().set(bytes, bb.capacity() - room);
  const vector = builder.endVector();
  return Buffer.createBuffer(builder, vector);
}

function writeGolden(builder: Builder, sample: GoldenSample): number {
  const inputs = sample.inputs.map((bytes) => writeBuffer(builder, bytes));
  const outputs = sample.outputs.map((bytes) => writeBuffer(builder, bytes));
  const inputVector = Golden.createInputsVector(builder, inputs);
  const outputVector = Golden.createOutputsVector(builder, outputs);
  const hashes = Golden.createHashesVector(builder, sample.hashes);
  return Golden.createGolden(builder, inputVector, outputVector, hashes);
}

function writePreprocess(builder: Builder, spec: Preprocess): number {
  const resize = spec.resize ? fbp.Preprocess.createResizeVector(builder, [...spec.resize]) : 0;
  const mean = fbp.Preprocess.createMeanVector(builder, [...spec.mean]);
  const std = fbp.Preprocess.createStdVector(builder, [...spec.std]);
  fbp.Preprocess.startPreprocess(builder);
  fbp.Preprocess.addColor(builder, ["rgb", "bgr", "gray"].indexOf(spec.color));
  if (resize) fbp.Preprocess.addResize(builder, resize);
  fbp.Preprocess.addScale(builder, spec.scale);
  fbp.Preprocess.addMean(builder, mean);
  fbp.Preprocess.addStd(builder, std);
  fbp.Preprocess.addChannelsFirst(builder, spec.layout === "NCHW");
  return fbp.Preprocess.endPreprocess(builder);
}

function writeProvenance(builder: Builder, provenance: Provenance): number {
  const { name, sha256, kedge, recipe } = provenance;
  const texts = [name, sha256, kedge, recipe].map((text) => builder.createString(text));
  return fbv.Provenance.createProvenance(
    builder,
    texts[0],
    texts[1],
    texts[2],
    texts[3],
  );
}
