/** Every operator that can be written as ONNX: ONNX Runtime computes what the reference does. */
import assert from "node:assert/strict";
import { createOracle } from "../../converters/data/mod.ts";
import { exportOnnx } from "../../converters/exporters/onnx/mod.ts";
import type { CoreGraph, Tensor } from "../../converters/graph/graph.ts";
import { packPlain } from "../../converters/stages/calibrate.ts";
import { type OPERATORS, REDUCE_KINDS, UNARY_KINDS } from "../../runtime/format/operators.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import type { OperatorCase } from "../helpers/one_operator.ts";
import * as cases from "../helpers/operator_cases.ts";
import { Random } from "../helpers/random.ts";
import { graphOf, int8, node } from "../helpers/small_models.ts";
import { ONNX_RUNTIME_FLOAT32, ONNX_RUNTIME_QUANTA } from "../helpers/tolerances.ts";

const ROUNDS = 12;

function graphOfCase({ node, inputs, output }: OperatorCase): CoreGraph {
  const names = { name: "tested", inputs: inputs.map(({ name }) => name), output: output.name };
  return graphOf([{ ...node, ...names }], [...inputs, output], [output.name]);
}

/** Runs a graph on both and compares: integers may differ by a quantum where a rounding is tied. */
async function assertSame(graph: CoreGraph, random: Random, origin?: CoreGraph): Promise<void> {
  const model = readModel(await packPlain(graph));
  const tensor = (name: string) => graph.tensors.get(name)!;
  const inputs = graph.inputs.map((name) => cases.valuesFor(random, tensor(name)));
  const wanted = runReference(
    model,
    Object.fromEntries(graph.inputs.map((name, i) => [name, inputs[i]])),
  );
  const shapes = Object.fromEntries(graph.inputs.map((name) => [name, tensor(name).shape!]));
  const oracle = await createOracle(exportOnnx(graph, origin), { shapes });
  assert.deepEqual(oracle.inputNames, graph.inputs);
  const got = await oracle.run(inputs.map((values) => Float32Array.from(values)));
  await oracle.close();
  graph.outputs.forEach((name, i) => {
    const values = wanted[name];
    assert.equal(got[i].length, values.length);
    const sizes = Array.from(values, Math.abs).filter(Number.isFinite);
    const range = Math.max(...sizes) || 1;
    const allowed = tensor(name).dtype === "int8"
      ? ONNX_RUNTIME_QUANTA
      : ONNX_RUNTIME_FLOAT32 * range;
    const worst = got[i].findIndex((value, k) =>
      !Object.is(value, values[k]) && !(Math.abs(value - values[k]) <= allowed)
    );
    assert.ok(worst < 0, `${name}[${worst}]: ${got[i][worst]}, reference ${values[worst]}`);
  });
}

const RANDOM: Record<string, cases.CaseMaker> = {
  "Conv2D int8": cases.conv2d(true),
  "Conv2D float32": cases.conv2d(false),
  "DepthwiseConv2D int8": cases.depthwise(true),
  "DepthwiseConv2D float32": cases.depthwise(false),
  "FullyConnected int8": cases.fullyConnected(true),
  "FullyConnected float32": cases.fullyConnected(false),
  "Add int8": cases.add(true),
  "Add float32": cases.add(false),
  "MaxPool2D int8": cases.pool("MaxPool2D", true),
  "MaxPool2D float32": cases.pool("MaxPool2D", false),
  "AveragePool2D int8": cases.pool("AveragePool2D", true),
  "AveragePool2D float32": cases.pool("AveragePool2D", false),
  "Quantize": cases.quantize,
};

for (const [title, make] of Object.entries(RANDOM)) {
  Deno.test(`${title} as ONNX`, async () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = new Random(seed);
      await assertSame(graphOfCase(make(random)), random);
    }
  });
}

const PICTURE = [1, 4, 5, 6];
const float = (name: string, shape: number[]): Tensor => ({ name, dtype: "float32", shape });
const byte = (name: string, shape: number[]) => int8(name, shape, 0.05, 3);
/** In front of a node, so that its input lies channels first in ONNX. */
const pool = (input: string, output: string) =>
  node("MaxPool2D", [input], output, {
    ...{ kernelH: 1, kernelW: 1, min: -Infinity, max: Infinity },
  });

/** A node behind a pool, on float32 and on int8; `more` are further inputs. */
function behindPool(
  op: Parameters<typeof node>[0],
  shape: number[],
  params: Record<string, number>,
  list: number[] = [],
  more: { shape: number[] }[] = [],
): CoreGraph[] {
  return [float, byte].map((type) => {
    const others = more.map(({ shape }, i) => type(`x${i + 2}`, shape));
    const inputs = ["p", ...others.map(({ name }) => name)];
    const bounds = type === byte ? { min: -128, max: 127 } : { min: -Infinity, max: Infinity };
    const before = pool("x", "p");
    return graphOf(
      [
        { ...before, params: { ...before.params, ...bounds } },
        node(op, inputs, "y", { ...bounds, ...params }, list),
      ],
      [type("x", PICTURE), type("p", PICTURE), ...others, type("y", shape)],
      ["y"],
    );
  });
}

const MOVES: Record<string, CoreGraph[]> = {
  Concat: behindPool("Concat", [1, 4, 5, 8], { axis: 3 }, [], [{ shape: [1, 4, 5, 2] }]),
  "Concat of rows": behindPool("Concat", [1, 6, 5, 6], { axis: 1 }, [], [{ shape: [1, 2, 5, 6] }]),
  Slice: behindPool("Slice", [1, 2, 5, 3], {}, [0, 1, 0, 5, 1, 2, 1, -2]),
  Pad: behindPool("Pad", [1, 7, 6, 6], { value: 3 }, [0, 1, 1, 0]),
  "Reshape of pixels": behindPool("Reshape", [1, 20, 6], {}),
  "Reshape of channels": behindPool("Reshape", [1, 4, 5, 2, 3], {}),
  "Reshape across all": behindPool("Reshape", [5, 24], {}),
  "Transpose of pixels": behindPool("Transpose", [1, 5, 4, 6], {}, [0, 2, 1, 3]),
  "Transpose to channels first": behindPool("Transpose", [1, 6, 4, 5], {}, [0, 3, 1, 2]),
  "Add of a smaller tensor": behindPool("Add", PICTURE, { factorA: 1, factorB: 1 }, [], [{
    shape: [5, 1],
  }]),
  "Add of a negative": behindPool("Add", PICTURE, { factorA: -1, factorB: 0.5 }, [], [{
    shape: [6],
  }]),
  "Add of two negatives": behindPool("Add", PICTURE, { factorA: -1, factorB: -1 }, [], [{
    shape: PICTURE,
  }]),
};

for (const [title, graphs] of Object.entries(MOVES)) {
  Deno.test(`${title} as ONNX`, async () => {
    for (const graph of graphs) await assertSame(graph, new Random(1));
  });
}

Deno.test("Mul as ONNX", async () => {
  const more = [{ shape: [1, 1, 1, 6] }];
  const [floats] = behindPool("Mul", PICTURE, { factor: 1 }, [], more);
  await assertSame(floats, new Random(2));
  const [, integers] = behindPool("Mul", PICTURE, { factor: Math.fround(0.07) }, [], more);
  await assertSame(integers, new Random(3));
});

Deno.test("operators on float32 alone as ONNX", async () => {
  const [picture, pixels] = [{ shape: PICTURE }, { shape: [1, 4, 5, 1] }];
  for (const op of ["Div", "Maximum", "Minimum"] as const) {
    await assertSame(behindPool(op, PICTURE, {}, [], [pixels])[0], new Random(4));
  }
  const power = behindPool("Pow", PICTURE, {})[0];
  power.tensors.set("two", { ...float("two", []), data: Float32Array.of(2) });
  power.nodes[1].inputs = ["p", "two"];
  await assertSame(power, new Random(5));
  for (const log of [0, 1]) {
    await assertSame(behindPool("Softmax", PICTURE, { log })[0], new Random(6));
  }
  for (const kind of REDUCE_KINDS.keys()) {
    const shapes: [number[], number[]][] = [
      [[1, 6], [1, 2]],
      [[1, 1, 1, 6], [1, 2]],
      [[1, 4, 5], [3]],
      [[4, 6], [0, 2]],
    ];
    for (const [shape, axes] of shapes) {
      await assertSame(behindPool("Reduce", shape, { kind }, axes)[0], new Random(7));
    }
  }
  const matrices = behindPool("MatMul", [1, 4, 5, 3], {}, [], [{ shape: [6, 3] }])[0];
  await assertSame(matrices, new Random(8));
  await assertSame(behindPool("Div", PICTURE, {}, [], [picture])[0], new Random(9));
});

Deno.test("every Unary as ONNX", async () => {
  const positive = new Set(["log", "sqrt"]);
  for (const [kind, name] of UNARY_KINDS.entries()) {
    const graph = behindPool("Unary", PICTURE, { kind, alpha: 0.25, beta: 0.5 })[0];
    if (positive.has(name)) {
      const alpha = Math.fround(0.1);
      const clip = { kind: UNARY_KINDS.indexOf("clip"), alpha, beta: 100 };
      graph.nodes.splice(1, 0, node("Unary", ["p"], "above", clip));
      graph.nodes[2].inputs = ["above"];
      graph.tensors.set("above", float("above", PICTURE));
    }
    await assertSame(graph, new Random(10));
  }
});

Deno.test("a Table as ONNX: by lookup, and as the function that it was made of", async () => {
  const kind = UNARY_KINDS.indexOf("leakyRelu");
  const data = Int8Array.from({ length: 256 }, (_, i) => {
    const q = i - 128;
    return q < 3 ? 3 + Math.round((q - 3) * 0.25) : q;
  });
  const table: Tensor = { name: "table", dtype: "int8", shape: [256], data };
  const graph = graphOf(
    [node("Table", ["x", "table"], "y")],
    [byte("x", PICTURE), table, byte("y", PICTURE)],
    ["y"],
  );
  await assertSame(graph, new Random(11));
  const unary = node("Unary", ["x"], "y", { kind, alpha: 0.25, beta: 0 });
  const origin = { ...graph, nodes: [{ ...unary, name: graph.nodes[0].name }] };
  await assertSame(graph, new Random(12), origin);
});

Deno.test("Dequantize, FullyConnected of several rows and of a flattened picture", async () => {
  const weights = (name: string, outputs: number, depth: number): Tensor => ({
    name,
    dtype: "float32",
    shape: [outputs, depth],
    data: Float32Array.from({ length: outputs * depth }, (_, i) => Math.sin(i)),
  });
  const bounds = { min: -Infinity, max: 6, factor: 1 };
  const graph = graphOf(
    [
      node("Dequantize", ["x"], "real"),
      pool("real", "p"),
      node("FullyConnected", ["p", "w1"], "f", bounds),
      pool("f", "q"),
      node("Reshape", ["q"], "flat"),
      node("FullyConnected", ["flat", "w2"], "y", bounds),
    ],
    [
      ...[byte("x", PICTURE), float("real", PICTURE), float("p", PICTURE), weights("w1", 3, 6)],
      ...[float("f", [1, 4, 5, 3]), float("q", [1, 4, 5, 3]), float("flat", [1, 60])],
      ...[weights("w2", 7, 60), float("y", [1, 7])],
    ],
    ["y", "f", "real"],
  );
  await assertSame(graph, new Random(13));
});

Deno.test("weights of float16 and of int8 alone as ONNX", async () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => (i - 9) / 16);
  const halves: Tensor = { name: "w", dtype: "float32", shape: [4, 6], data, encoding: "float16" };
  const integers: Tensor = {
    name: "w",
    dtype: "float32",
    shape: [4, 6],
    data: Int8Array.from(data, (value) => value * 16),
    quantization: { scale: 0.5, zeroPoint: 0, channelScales: Uint16Array.of(1, 2, 3, 4), axis: 0 },
  };
  const rows = (weights: Tensor) =>
    graphOf(
      [node("FullyConnected", ["x", "w"], "y", { min: 0, max: Infinity, factor: 1 })],
      [float("x", [2, 6]), weights, float("y", [2, 4])],
      ["y"],
    );
  await assertSame(rows(halves), new Random(14));
  const decoded = Float32Array.from(
    integers.data as Int8Array,
    (q, i) => q * 0.5 * (Math.floor(i / 6) + 1) * 2 ** -24,
  );
  const [got, wanted] = await Promise.all([integers, { ...integers, data: decoded }].map(
    async (weights) => {
      const oracle = await createOracle(exportOnnx(rows(weights)), { shapes: { x: [2, 6] } });
      return await oracle.run([Float32Array.from({ length: 12 }, (_, i) => i - 4)]);
    },
  ));
  assert.deepEqual(got, wanted);
});

Deno.test("what has no form in ONNX is named, all of it", () => {
  const graph = graphOf([node("Reshape", ["x"], "y")], [float("x", [2]), float("y", [2])], ["y"]);
  const strange = "Strange" as keyof typeof OPERATORS;
  graph.nodes = [{ ...graph.nodes[0], op: strange }, { ...graph.nodes[0], op: strange }];
  assert.throws(
    () => exportOnnx(graph),
    (error: { data: { code: string; details: unknown[] } }) => {
      assert.equal(error.data.code, "model/operator");
      assert.equal(error.data.details.length, 2);
      return true;
    },
  );
});
