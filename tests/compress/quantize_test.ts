/** Float graphs in integers: structure, boundaries, and errors within their bounds. */
import assert from "node:assert/strict";
import { quantize } from "../../converters/compress/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import {
  denseGraph,
  float32,
  OPEN,
  rangesOf,
  readBack,
  runGraph,
} from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";

const POOL = { kernelH: 2, kernelW: 2, strideH: 2, strideW: 2 };
const SIGMOID = { kind: UNARY_KINDS.indexOf("sigmoid"), alpha: 0, beta: 0 };

/** Every operator that has an integer form, with a constant operand where one can be. */
function mixedGraph(): CoreGraph {
  return graphOf(
    [
      node("Conv2D", ["x", "w", "b"], "c", { ...OPEN, min: 0 }),
      node("Unary", ["c"], "s", SIGMOID),
      node("Mul", ["s", "k"], "m", OPEN),
      node("MaxPool2D", ["m"], "p", { ...OPEN, ...POOL }),
      node("Concat", ["p", "more"], "j", { axis: 3 }),
      node("Pad", ["j"], "q", { value: 0.25 }, [0, 0, 1, 0]),
      node("Transpose", ["q"], "t", {}, [0, 2, 1, 3]),
      node("Slice", ["t"], "l", {}, [0, 0, 0, 0, 1, 1, 1, 1]),
      node("Add", ["l", "l"], "a", { factorA: 1, factorB: 1, min: -Infinity, max: Infinity }),
      node("AveragePool2D", ["a"], "g", { ...OPEN, kernelH: 3, kernelW: 2 }),
      node("Reshape", ["g"], "r"),
      node("FullyConnected", ["r", "v"], "f", OPEN),
      node("Softmax", ["f"], "y", { log: 0 }),
    ],
    [
      float32("x", [1, 4, 4, 2]),
      float32("w", [3, 1, 1, 2], noise(6, 1)),
      float32("b", [3], [0.1, 0.2, -0.1]),
      float32("k", [3], [1, 2, 0.5]),
      float32("more", [1, 2, 2, 1], [1.5, -0.5, 0, 1]),
      float32("v", [3, 4], noise(12, 2)),
      ...["c", "s", "m"].map((name) => float32(name, [1, 4, 4, 3])),
      float32("p", [1, 2, 2, 3]),
      float32("j", [1, 2, 2, 4]),
      float32("q", [1, 2, 3, 4]),
      ...["t", "l", "a"].map((name) => float32(name, [1, 3, 2, 4])),
      float32("g", [1, 1, 1, 4]),
      float32("r", [1, 4]),
      ...["f", "y"].map((name) => float32(name, [1, 3])),
    ],
    ["y"],
  );
}

async function quantized(graph: CoreGraph, keepFloat: string[] = []) {
  const samples = Array.from({ length: 8 }, (_, i) => ({ x: noise(32, i) }));
  const ranges = await rangesOf(graph, samples);
  return quantize(graph, ranges, { recipe: completeRecipe({ keepFloat }) });
}

const opsOf = (graph: CoreGraph) => graph.nodes.map(({ op }) => op);

Deno.test("all that can be is integer between one Quantize and the float end", async () => {
  const graph = mixedGraph();
  const done = await quantized(graph);
  const table = opsOf(graph).map((op) => op === "Unary" ? "Table" : op);
  assert.deepEqual(opsOf(done.graph), ["Quantize", ...table]);
  assert.deepEqual([...done.reasons], [["Softmax y", "Softmax has no integer form"]]);
  const x = noise(32, 50);
  const [float, integer] = [await runGraph(graph, { x }), await runGraph(done.graph, { x })];
  float.y.forEach((value, i) => assert(Math.abs(value - integer.y[i]) < 0.02));
});

const KEPT: [string[], string][] = [
  [["Conv2D c"], "Conv2D Quantize Table Mul"],
  // What only feeds float operators is not worth integers.
  [["Mul m"], "Quantize Conv2D Unary Mul Quantize MaxPool2D"],
  [["Concat j"], "Table Mul MaxPool2D Dequantize Concat Quantize Pad"],
  [["Conv2D c", "Concat j"], "Conv2D Quantize Table Mul MaxPool2D Dequantize Concat Quantize Pad"],
  [["FullyConnected f"], "AveragePool2D Reshape FullyConnected Softmax"],
];

for (const [keep, wanted] of KEPT) {
  Deno.test(`keeping ${keep} in float puts Quantize and Dequantize around it`, async () => {
    const graph = mixedGraph();
    const done = await quantized(graph, keep);
    assert(opsOf(done.graph).join(" ").includes(wanted), opsOf(done.graph).join(" "));
    assert.equal(done.reasons.get(keep[0]), "kept in float by the recipe");
    const x = noise(32, 51);
    const [float, integer] = [await runGraph(graph, { x }), await runGraph(done.graph, { x })];
    float.y.forEach((value, i) => assert(Math.abs(value - integer.y[i]) < 0.02));
  });
}

Deno.test("with all kept in float the graph is the float graph", async () => {
  const graph = mixedGraph();
  const done = await quantized(graph, graph.nodes.map(({ name }) => name));
  assert.deepEqual(done.graph.nodes, graph.nodes);
});

Deno.test("a long constant operand", async () => {
  const graph = graphOf(
    [
      node("Add", ["x", "k"], "s", { factorA: 1, factorB: 1, min: -9, max: 9 }),
      node("AveragePool2D", ["s"], "y", { ...OPEN, kernelH: 100, kernelW: 200 }),
    ],
    [
      float32("x", [10, 100, 200, 1]),
      float32("k", [10, 100, 200, 1], noise(200_000)),
      float32("s", [10, 100, 200, 1]),
      float32("y", [10, 1, 1, 1]),
    ],
    ["y"],
  );
  const ranges = new Map(["x", "s"].map((name) => [name, { min: -2, max: 2 }]));
  const done = quantize(graph, ranges, { recipe: completeRecipe({}) });
  assert.deepEqual(opsOf(done.graph), ["Quantize", "Add", "AveragePool2D"]);
  await readBack(done.graph);
});

Deno.test("two operands with scales and factors of their own", async () => {
  const bounds = { min: -Infinity, max: Infinity };
  const graph = graphOf(
    [
      node("Add", ["a", "b"], "s", { factorA: 2, factorB: -0.5, ...bounds }),
      node("Mul", ["s", "a"], "m", OPEN),
      node("AveragePool2D", ["m"], "y", OPEN),
    ],
    [
      ...["a", "b", "s", "m", "y"].map((name) => float32(name, [1, 2, 2, 1])),
    ],
    ["y"],
  );
  graph.nodes[2].params = { ...graph.nodes[2].params, kernelH: 1, kernelW: 1 };
  const sample = { a: Float32Array.of(1, -0.5, 0.25, 0), b: Float32Array.of(9, -40, 3, 20) };
  const done = quantize(graph, await rangesOf(graph, [sample]), { recipe: completeRecipe({}) });
  const [{ y }, wanted] = [await runGraph(done.graph, sample), await runGraph(graph, sample)];
  y.forEach((value, i) => assert(Math.abs(value - wanted.y[i]) < 0.2, `${y} for ${wanted.y}`));
});

Deno.test("an output that others take as int8 has its own name in float32", async () => {
  const graph = denseGraph([[1, 0.5], [0.25, 1]], [0, 0]);
  graph.nodes.push(node("FullyConnected", ["y", "w"], "z", OPEN));
  graph.tensors.set("z", float32("z", [1, 2]));
  graph.outputs.push("z");
  const samples = [{ x: Float32Array.of(1, -1) }, { x: Float32Array.of(-1, 0.5) }];
  const ranges = await rangesOf(graph, samples);
  const done = quantize(graph, ranges, { recipe: completeRecipe({}) });
  assert.deepEqual(done.graph.outputs, ["y", "z"]);
  const { y, z } = await runGraph(done.graph, samples[0]);
  const wanted = await runGraph(graph, samples[0]);
  y.forEach((value, i) => assert(Math.abs(value - wanted.y[i]) < 0.02));
  z.forEach((value, i) => assert(Math.abs(value - wanted.z[i]) < 0.04));
});

for (const weightBits of [8, 7, 4]) {
  Deno.test(`a dense layer is off by no more than its steps explain, ${weightBits} bits`, async () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed);
      const [channels, depth] = [random.int(1, 5), random.int(1, 50)];
      const rows = Array.from({ length: channels }, (_, c) => [...noise(depth, seed * 9 + c)]);
      const graph = denseGraph(rows, [...noise(channels, seed)]);
      const x = noise(depth, 1000 + seed).map((value) => value * 3 + 1);
      const ranges = await rangesOf(graph, [{ x }]);
      const done = quantize(graph, ranges, { recipe: completeRecipe({ weightBits }) }).graph;
      const [w, input] = ["y/weights", "x/int8"].map((name) =>
        done.tensors.get(name)!.quantization!
      );
      const { y } = await runGraph(done, { x });
      const wanted = await runGraph(graph, { x });
      const stepX = input.scale;
      rows.forEach((row, c) => {
        const stepW = w.scale * 1.001;
        // |ŵx̂ − wx| ≤ |w|·sx/2 + |x|·sw/2 + sx·sw/4 for each product; the bias is off by sx·sw/2.
        const products = row.reduce(
          (sum, value, k) => sum + (Math.abs(value) * stepX + Math.abs(x[k]) * stepW) / 2,
          0,
        );
        const bound = products + stepX * stepW * (depth / 4 + 0.5);
        const error = Math.abs(y[c] - wanted.y[c]);
        assert(error <= bound * 1.001, `seed ${seed}: ${error} > ${bound}`);
      });
    }
  });
}

Deno.test("nodes with the same weights share their integers, and their bytes", async () => {
  const graph = denseGraph([[1, 0.5], [0.25, 1]]);
  graph.nodes.push(node("FullyConnected", ["y", "w"], "z", OPEN));
  graph.tensors.set("z", float32("z", [1, 2]));
  graph.outputs = ["z"];
  const ranges = new Map([["x", { min: -1, max: 1 }], ["y", { min: -2, max: 2 }]]);
  const done = quantize(graph, ranges, { recipe: completeRecipe({}) }).graph;
  const model = await readBack(done);
  assert.deepEqual(model.tensors.filter(({ data }) => data).map(({ name }) => name), ["y/weights"]);
});

Deno.test("bounds stand in the output's own steps", () => {
  const graph = graphOf(
    [
      node("FullyConnected", ["x", "w"], "y", { ...OPEN, min: 0, max: 6 }),
      node("FullyConnected", ["y", "w"], "z", { ...OPEN, min: 0, max: 6 }),
    ],
    [
      ...["x", "y", "z"].map((name) => float32(name, [1, 1])),
      float32("w", [1, 1], [1]),
    ],
    ["z"],
  );
  const ranges = new Map([["x", { min: -1, max: 9 }], ["y", { min: -2, max: 6.5 }]]);
  const done = quantize(graph, ranges, { recipe: completeRecipe({}) }).graph;
  const [, inner, last] = done.nodes;
  const { scale, zeroPoint } = done.tensors.get("y")!.quantization!;
  assert.deepEqual([inner.params.min, inner.params.max], [
    zeroPoint,
    Math.round(6 / scale) + zeroPoint,
  ]);
  assert.deepEqual([last.params.min, last.params.max], [0, 6]);
});
