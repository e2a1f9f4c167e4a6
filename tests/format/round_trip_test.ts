/** What is packed is read back: every kind of field, every encoding. */
import assert from "node:assert/strict";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { decodeTensor } from "../../runtime/format/decode.ts";
import type { ModelTensor, Preprocess } from "../../runtime/format/model.ts";
import { isKedge, readModel } from "../../runtime/format/reader.ts";
import { load } from "../../runtime/hosts/load.ts";
import {
  graphOf,
  int8,
  NO_META,
  node,
  noise,
  packWithGolden,
  pictureGraph,
  vectorGraph,
} from "../helpers/small_models.ts";

const packed = (graph: CoreGraph) => pack(graph, planMemory(graph), NO_META);

Deno.test("tensors come back with names, shapes, places and scales", async () => {
  const graph = pictureGraph();
  const plan = planMemory(graph);
  const model = readModel(await pack(graph, plan, NO_META));
  assert.equal(model.arenaBytes, plan.arenaBytes);
  assert.deepEqual(model.tensors.map(({ name }) => name), ["x", "q", "w", "b", "c", "y"]);
  assert.deepEqual(model.inputs.map((i) => model.tensors[i].name), ["x"]);
  assert.deepEqual(model.outputs.map((i) => model.tensors[i].name), ["y"]);
  const [x, q, w] = model.tensors;
  const { data, ...weights } = w;
  assert.deepEqual(x, {
    ...{ name: "x", dtype: "float32", shape: [1, 4, 4, 2], size: 32, encoding: "float32" },
    ...{ offset: plan.offsets.get("x"), data: null, scale: 1, zeroPoint: 0, scales: null, axis: 0 },
  });
  assert.deepEqual(q, {
    ...x,
    ...{ name: "q", dtype: "int8", offset: plan.offsets.get("q"), scale: 1 / 64, zeroPoint: -3 },
  });
  assert.deepEqual(weights, {
    ...{ name: "w", dtype: "int8", shape: [3, 2, 2, 2], size: 24, encoding: "int8", offset: -1 },
    ...{ scale: 0.5, zeroPoint: 0, scales: Float32Array.of(0.25, 0.125, 0.0625), axis: 0 },
  });
  assert.deepEqual(new Int8Array(data!), graph.tensors.get("w")!.data);
  assert.equal((data!.byteOffset) % 16, 0);
});

Deno.test("operators come back with parameters and lists", async () => {
  const graph = graphOf(
    [
      node("Pad", ["x"], "p", { value: Math.fround(0.1) }, [0, 2]),
      node("Slice", ["p"], "s", {}, [1, 5, -1, -2]),
      node("Unary", ["s"], "y", { kind: 2, alpha: Math.fround(0.2), beta: 0 }),
    ],
    [
      { name: "x", dtype: "float32", shape: [2, 3] },
      { name: "p", dtype: "float32", shape: [3, 6] },
      { name: "s", dtype: "float32", shape: [2, 3] },
      { name: "y", dtype: "float32", shape: [2, 3] },
    ],
    ["y", "x"],
  );
  const { operators, outputs } = readModel(await packed(graph));
  assert.deepEqual(operators, [
    {
      ...{ op: "Pad", name: "Pad p", inputs: [0], output: 1 },
      ...{ params: { value: Math.fround(0.1) }, list: [0, 2] },
    },
    { op: "Slice", name: "Slice s", inputs: [1], output: 2, params: {}, list: [1, 5, -1, -2] },
    {
      ...{ op: "Unary", name: "Unary y", inputs: [2], output: 3, list: [] },
      params: { kind: 2, alpha: Math.fround(0.2), beta: 0 },
    },
  ]);
  assert.deepEqual(outputs, [3, 0]);
});

Deno.test("a convolution keeps all its parameters apart", async () => {
  const graph = pictureGraph();
  const params = {
    ...{ strideH: 2, strideW: 3, padTop: 1, padLeft: 2, padBottom: 3, padRight: 4 },
    ...{ dilationH: 5, dilationW: 6, groups: 1, factor: 0.25, min: -7, max: 9 },
  };
  graph.nodes[1].params = params;
  graph.tensors.get("c")!.shape = [1, 2, 2, 3];
  Object.assign(graph.nodes[2].params, { kernelH: 1, kernelW: 1, strideH: 1, strideW: 1 });
  assert.deepEqual(readModel(await packed(graph)).operators[1].params, params);
});

/** The encodings of constants: each Add takes one, and what is decoded is compared. */
Deno.test("constants come back from every encoding", async () => {
  const floats = Float32Array.of(0.1, -2, 65504);
  const graph = graphOf(
    [
      node("Maximum", ["x", "float32"], "a"),
      node("Maximum", ["a", "float16"], "y"),
      node("FullyConnected", ["q", "w", "int16"], "r", { factor: 1, min: -128, max: 127 }),
      node("FullyConnected", ["q", "w", "int32"], "s", { factor: 1, min: -128, max: 127 }),
    ],
    [
      ...["x", "a", "y"].map((name) => ({ name, dtype: "float32" as const, shape: [3] })),
      ...["q", "r", "s"].map((name) => int8(name, [1, 2], 1, 0)),
      { name: "float32", dtype: "float32", shape: [3], data: floats },
      { name: "float16", dtype: "float32", shape: [3], data: floats, encoding: "float16" },
      { name: "w", dtype: "int8", shape: [2, 2], data: Int8Array.of(-128, -1, 0, 127) },
      { name: "int16", dtype: "int32", shape: [2], data: Int32Array.of(-32768, 32767) },
      { name: "int32", dtype: "int32", shape: [2], data: Int32Array.of(-32769, 32768) },
    ],
    ["y", "r", "s"],
  );
  const { tensors } = readModel(await packed(graph));
  const constants = Object.fromEntries(
    tensors.filter(({ data }) => data).map((tensor) => [tensor.name, tensor]),
  );
  const bytes = (tensor: ModelTensor) => [tensor.encoding, tensor.data!.length];
  assert.deepEqual(bytes(constants.float32), ["float32", 12]);
  assert.deepEqual(bytes(constants.float16), ["float16", 6]);
  assert.deepEqual(bytes(constants.w), ["int8", 4]);
  assert.deepEqual(bytes(constants.int16), ["int16", 4]);
  assert.deepEqual(bytes(constants.int32), ["int32", 8]);
  assert.deepEqual(decodeTensor(constants.float32), floats);
  // 0.1 to half precision is 1638 × 2⁻¹⁴.
  assert.deepEqual(decodeTensor(constants.float16), Float32Array.of(1638 / 16384, -2, 65504));
  assert.deepEqual(decodeTensor(constants.w), Int8Array.of(-128, -1, 0, 127));
  assert.deepEqual(decodeTensor(constants.int16), Int32Array.of(-32768, 32767));
  assert.deepEqual(decodeTensor(constants.int32), Int32Array.of(-32769, 32768));
});

Deno.test("float weights that stand as int8 are decoded by channel", () => {
  const tensor: ModelTensor = {
    ...{ name: "w", dtype: "float32", shape: [2, 3, 2], size: 12, offset: -1, encoding: "int8" },
    ...{ scale: 0.5, zeroPoint: 0, scales: Float32Array.of(1, 10, 100), axis: 1 },
    data: Uint8Array.from({ length: 12 }, (_, i) => i - 6),
  };
  const values = [-6, -5, -40, -30, -200, -100, 0, 1, 20, 30, 400, 500];
  assert.deepEqual(decodeTensor(tensor), Float32Array.from(values));
  const flat = Float32Array.from({ length: 12 }, (_, i) => (i - 6) / 2);
  assert.deepEqual(decodeTensor({ ...tensor, scales: null }), flat);
});

Deno.test("equal constants are kept once", async () => {
  const zeros = new Float32Array(2);
  const data = Int8Array.of(1, 2, 3, 4);
  const graph = (third: Int8Array) =>
    graphOf(
      [
        node("Maximum", ["x", "a"], "m"),
        node("Minimum", ["m", "b"], "y"),
        node("FullyConnected", ["q", "v"], "r", { factor: 1, min: -128, max: 127 }),
        node("FullyConnected", ["r", "w"], "s", { factor: 1, min: -128, max: 127 }),
      ],
      [
        ...["x", "m", "y"].map((name) => ({ name, dtype: "float32" as const, shape: [2] })),
        ...["q", "r", "s"].map((name) => int8(name, [1, 2], 1, 0)),
        { name: "a", dtype: "float32", shape: [2], data: zeros },
        { name: "b", dtype: "float32", shape: [2], data: zeros.slice() },
        { name: "v", dtype: "int8", shape: [2, 2], data },
        { name: "w", dtype: "int8", shape: [2, 2], data: third },
      ],
      ["y", "s"],
    );
  const places = async (third: Int8Array) => {
    const { tensors } = readModel(await packed(graph(third)));
    return new Set(tensors.flatMap(({ data }) => data ? [data.byteOffset] : [])).size;
  };
  assert.equal(await places(data.slice()), 2);
  assert.equal(await places(Int8Array.of(1, 2, 3, 5)), 3);
});

Deno.test("labels, preprocessing, golden samples and provenance come back", async () => {
  const preprocess: Preprocess = {
    ...{ color: "bgr", resize: [4, 300], layout: "NCHW", scale: Math.fround(1 / 255) },
    ...{ mean: [0.5, 0.25, 0.125], std: [2] },
  };
  const meta = {
    preprocess,
    labels: ["", "größer", "猫", "a\0b"],
    provenance: { name: "Modell №1", sha256: "0f".repeat(32), kedge: "0.1.0", recipe: '{"a":"ä"}' },
  };
  const bytes = await packWithGolden(vectorGraph(), [
    [noise(12), noise(12, 2)],
    [noise(12, 3), noise(12, 4)],
  ], meta);
  const { golden, ...model } = readModel(bytes);
  assert.deepEqual(model.preprocess, preprocess);
  assert.deepEqual(model.labels, meta.labels);
  assert.deepEqual(model.provenance, meta.provenance);
  assert.equal(golden.length, 2);
  assert.deepEqual(golden[1].inputs.map((values) => new Float32Array(values.slice().buffer)), [
    noise(12, 3),
    noise(12, 4),
  ]);
  assert.deepEqual(golden.map(({ hashes }) => hashes.length), [5, 5]);
  assert.deepEqual(golden.map(({ outputs }) => outputs.map(({ length }) => length)), [[32], [32]]);
  for (
    const [color, layout, resize] of [["rgb", "NHWC", null], ["gray", "NCHW", [1, 65535]]] as const
  ) {
    const graph = vectorGraph();
    const other: Preprocess = { color, layout, resize, scale: -2, mean: [-1], std: [1, 2, 3] };
    const file = await pack(graph, planMemory(graph), { ...NO_META, preprocess: other });
    assert.deepEqual(readModel(file).preprocess, other);
  }
});

Deno.test("an empty file, another file and another version are told apart", async () => {
  const refusal = async (bytes: Uint8Array<ArrayBuffer>) => {
    try {
      await load(bytes);
    } catch (error) {
      return (error as { data: { code: string; got: string } }).data;
    }
    throw new Error("was loaded");
  };
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0);
  assert.deepEqual(await refusal(new Uint8Array()).then(({ code, got }) => [code, got]), [
    "model/not-kedge",
    "an empty file",
  ]);
  assert.equal((await refusal(png)).code, "model/not-kedge");
  assert.equal(isKedge(png), false);
  const file = await packed(pictureGraph());
  assert.equal(isKedge(file), true);
  // The version is the only field of 2 bytes in the root table.
  const view = new DataView(file.buffer);
  const root = view.getUint32(0, true);
  const vtable = root - view.getInt32(root, true);
  view.setUint16(root + view.getUint16(vtable + 4, true), 77, true);
  const { code, got } = await refusal(file);
  assert.deepEqual([code, got], ["model/version", "77"]);
});
