/** Small packed models that hold as much of the format as fits, with golden samples. */
import type { CoreGraph, CoreNode, Tensor } from "../../converters/graph/graph.ts";
import { pack, type PackMeta } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { goldenSample } from "../../converters/stages/golden.ts";
import { toFloat16 } from "../../runtime/format/float16.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { Random } from "./random.ts";

/** What a file holds besides the graph when a test does not care. */
export const NO_META: PackMeta = {
  preprocess: null,
  labels: [],
  golden: [],
  provenance: { name: "test", sha256: "", kedge: "", recipe: "" },
};

/** A graph out of its nodes; every tensor that no node makes and that has no data is an input. */
export function graphOf(nodes: CoreNode[], tensors: Tensor[], outputs: string[]): CoreGraph {
  const made = new Set(nodes.map(({ output }) => output));
  const inputs = tensors.filter(({ name, data }) => !data && !made.has(name));
  return {
    name: "test",
    nodes,
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    inputs: inputs.map(({ name }) => name),
    outputs,
  };
}

/** A node; parameters that it does not name are those of a 1×1 window without padding. */
export function node(
  op: CoreNode["op"],
  inputs: string[],
  output: string,
  params: Record<string, number> = {},
  list: number[] = [],
): CoreNode {
  return { name: `${op} ${output}`, op, inputs, output, params: { ...WINDOW, ...params }, list };
}

const WINDOW = {
  ...{ strideH: 1, strideW: 1, padTop: 0, padLeft: 0, padBottom: 0, padRight: 0 },
  ...{ dilationH: 1, dilationW: 1, groups: 1, countIncludePad: 0 },
};

/** An int8 activation. */
export function int8(name: string, shape: number[], scale: number, zeroPoint: number): Tensor {
  return { name, dtype: "int8", shape, quantization: { scale: Math.fround(scale), zeroPoint } };
}

/** Packs a graph with one golden sample of each given set of inputs. */
export async function packWithGolden(
  graph: CoreGraph,
  samples: readonly Float32Array[][],
  meta: Partial<PackMeta> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const plan = planMemory(graph);
  const model = readModel(await pack(graph, plan, NO_META));
  const golden = samples.map((inputs) => goldenSample(model, inputs));
  return await pack(graph, plan, { ...NO_META, ...meta, golden });
}

/** Seeded float32 values in −1…1. */
export function noise(size: number, seed = 1): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => random.next() * 2 - 1);
}

/** Picture in (4×4×2 float32), Quantize, Conv2D with channel scales and int16 bias, average out. */
export function pictureGraph(): CoreGraph {
  const weights = Int8Array.from({ length: 3 * 2 * 2 * 2 }, (_, i) => (i * 37) % 127 - 63);
  return graphOf(
    [
      node("Quantize", ["x"], "q", { factor: 64, min: -128, max: 127 }),
      node("Conv2D", ["q", "w", "b"], "c", {
        ...{ padBottom: 1, padRight: 1, factor: Math.fround(0.3), min: -100, max: 127 },
      }),
      node("AveragePool2D", ["c"], "y", {
        ...{ kernelH: 2, kernelW: 2, strideH: 2, strideW: 2 },
        ...{ factor: 0.125, min: -Infinity, max: Infinity },
      }),
    ],
    [
      { name: "x", dtype: "float32", shape: [1, 4, 4, 2] },
      int8("q", [1, 4, 4, 2], 1 / 64, -3),
      {
        ...{ name: "w", dtype: "int8", shape: [3, 2, 2, 2], data: weights },
        quantization: {
          ...{ scale: 0.5, zeroPoint: 0, axis: 0 },
          channelScales: Uint16Array.of(0.5, 0.25, 0.125).map((_, i) => toFloat16(0.5 ** (i + 1))),
        },
      },
      { name: "b", dtype: "int32", shape: [3], data: Int32Array.of(-300, 0, 32767) },
      int8("c", [1, 4, 4, 3], 0.125, 7),
      { name: "y", dtype: "float32", shape: [1, 2, 2, 3] },
    ],
    ["y"],
  );
}

/** Two inputs added in place, a dense layer, a table, a shared place by Reshape, float32 out. */
export function vectorGraph(): CoreGraph {
  const weights = Int8Array.from({ length: 4 * 6 }, (_, i) => (i * 91) % 256 - 128);
  const table = Int8Array.from({ length: 256 }, (_, i) => Math.max(i - 128, -100));
  const bounds = { min: -128, max: 127 };
  return graphOf(
    [
      node("Add", ["a", "b"], "s", { factorA: 0.5, factorB: 1, ...bounds }),
      node("FullyConnected", ["s", "w", "bias"], "f", { factor: Math.fround(0.01), ...bounds }),
      node("Table", ["f", "table"], "t"),
      node("Reshape", ["t"], "r"),
      node("Dequantize", ["r"], "y"),
    ],
    [
      int8("a", [2, 6], 0.5, 1),
      int8("b", [2, 6], 1, -1),
      int8("s", [2, 6], 1, 0),
      { name: "w", dtype: "int8", shape: [4, 6], data: weights },
      { name: "bias", dtype: "int32", shape: [4], data: Int32Array.of(70000, -70000, 0, 5) },
      int8("f", [2, 4], 0.1, 0),
      { name: "table", dtype: "int8", shape: [256], data: table },
      int8("t", [2, 4], 0.1, 0),
      int8("r", [8], 0.1, 0),
      { name: "y", dtype: "float32", shape: [8] },
    ],
    ["y"],
  );
}
