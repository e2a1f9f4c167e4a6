/** Runs the ONNX project's backend node tests: one folder holds a model, its inputs and outputs. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type TypeProto,
} from "onnx-buf";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { ExternalData } from "../../converters/importers/onnx/external.ts";
import { readTensor } from "../../converters/importers/onnx/tensor.ts";
import { simplify } from "../../converters/simplify/mod.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import type { TensorMap } from "../../runtime/format/model.ts";
import type { Backend } from "./backends.ts";
import { packGraph, toCore } from "./convert.ts";
import { floatInput } from "./onnx_builder.ts";
import type { Tolerance } from "./tolerances.ts";

/** One node test, read. */
export interface NodeTest {
  model: ModelProto;
  /** Values of the inputs and outputs by name; null for one that is no dense tensor. */
  inputs: Map<string, TensorProto | null>;
  outputs: Map<string, TensorProto | null>;
}

/** What came of a node test: it passed, was refused by a KedgeError, or went wrong. */
export type Outcome =
  | { kind: "pass"; computed: boolean }
  | { kind: "refused"; error: KedgeError }
  | { kind: "wrong"; reason: string };

/** Reads one folder. */
export async function readNodeTest(folder: string): Promise<NodeTest> {
  const model = fromBinary(ModelProtoSchema, await Deno.readFile(`${folder}/model.onnx`));
  const read = async (kind: "input" | "output") => {
    const values = new Map<string, TensorProto | null>();
    for (const [i, { name, type }] of (model.graph?.[kind] ?? []).entries()) {
      values.set(name, await readValue(`${folder}/test_data_set_0/${kind}_${i}.pb`, type));
    }
    return values;
  };
  return { model, inputs: await read("input"), outputs: await read("output") };
}

async function readValue(path: string, type: TypeProto | undefined): Promise<TensorProto | null> {
  if (type?.value.case !== "tensorType") return null;
  return fromBinary(TensorProtoSchema, await Deno.readFile(path));
}

const FLOATS = [1, 10, 11, 16];

/**
 * Inputs to give as constants, in turn, until the model is taken: none; those that are not floats
 * (shapes, axes, masks); all but the first, for weights.
 */
function choices({ inputs }: NodeTest): string[][] {
  const names = [...inputs.keys()];
  const integers = names.filter((name) => !FLOATS.includes(inputs.get(name)?.dataType ?? 0));
  const tries = [[], integers, [...new Set([...integers, ...names.slice(1)])]];
  return tries.filter((list, i) => i === 0 || list.length > tries[i - 1].length);
}

/** Converts and runs a node test on every backend. */
export async function runNodeTest(
  test: NodeTest,
  backends: readonly Backend[],
  tolerance: Tolerance,
): Promise<Outcome> {
  let refused: KedgeError | null = null;
  for (const constants of choices(test)) {
    try {
      const packed = await convertNodeTest(test, constants);
      if (packed instanceof KedgeError) {
        refused = packed;
        if (packed.data.code === "model/unsupported") continue;
        break;
      }
      for (const backend of backends) {
        const given = await valuesOf(test.inputs, constants);
        const got = await backend.run(packed, given);
        const fault = await compare(test, got, tolerance);
        if (fault) return { kind: "wrong", reason: `${backend.name}: ${fault}` };
      }
      return { kind: "pass", computed: constants.length < test.inputs.size };
    } catch (error) {
      return { kind: "wrong", reason: `threw ${error instanceof Error ? error.stack : error}` };
    }
  }
  return { kind: "refused", error: refused! };
}

/**
 * The whole line from an ONNX model to a .kedge file, with some inputs given as constants; or the
 * error that refuses it.
 */
async function convertNodeTest(
  test: NodeTest,
  constants: readonly string[],
): Promise<Uint8Array | KedgeError> {
  const graph = test.model.graph!;
  const initializer = [...graph.initializer];
  for (const name of constants) initializer.push({ ...test.inputs.get(name)!, name });
  // A .kedge file has at least one input, so a model of constants gets one that nothing takes.
  const computed = test.inputs.size > constants.length;
  const input = computed ? graph.input : [...graph.input, floatInput("unused", [1])];
  const model = { ...test.model, graph: { ...graph, initializer, input } };
  const core = await coreOrError(toBinary(ModelProtoSchema, model));
  return core instanceof KedgeError ? core : packGraph(core);
}

async function coreOrError(bytes: Uint8Array): Promise<CoreGraph | KedgeError> {
  try {
    return simplify(await toCore(bytes));
  } catch (error) {
    if (error instanceof KedgeError && error.data.code.startsWith("model/")) return error;
    throw error;
  }
}

/** Values as float32, without those that are constants of the model. */
async function valuesOf(
  tensors: NodeTest["inputs"],
  without: readonly string[],
): Promise<TensorMap> {
  const values: TensorMap = { unused: new Float32Array(1) };
  for (const [name, proto] of tensors) {
    if (proto && !without.includes(name)) values[name] = Float32Array.from(await numbersOf(proto));
  }
  return values;
}

const NOWHERE = new ExternalData({
  name: "test data",
  bytes: new Uint8Array(0),
  readBeside: () => Promise.reject(new Error("no such file")),
});

async function numbersOf(proto: TensorProto): Promise<number[]> {
  const { data } = await readTensor(proto, proto.name, "test data", NOWHERE);
  return Array.from<number | bigint, number>(data ?? [], Number);
}

/** The first difference from the expected outputs, or null. */
async function compare(
  { outputs }: NodeTest,
  got: TensorMap,
  { relative, absolute }: Tolerance,
): Promise<string | null> {
  for (const [name, proto] of outputs) {
    if (!proto) return `output "${name}" is no tensor`;
    const wanted = await numbersOf(proto);
    const values = got[name];
    if (values?.length !== wanted.length) {
      return `output "${name}" has ${values?.length} values, wanted ${wanted.length}`;
    }
    for (const [i, want] of wanted.entries()) {
      const value = values[i];
      if (Object.is(value, want) || value === want) continue;
      if (Math.abs(value - want) <= absolute + relative * Math.abs(want)) continue;
      return `output "${name}"[${i}] is ${value}, wanted ${want}`;
    }
  }
  return null;
}
