/** Weights stored as float16 or int8 and computed with in float32. */
import assert from "node:assert/strict";
import { quantizeWeightsOnly, toFloat16 } from "../../converters/compress/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { decodeTensor } from "../../runtime/format/decode.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { denseGraph, float32, OPEN, readBack, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, NO_META, node, noise } from "../helpers/small_models.ts";
import { FUSED_MULTIPLY_ADD } from "../helpers/tolerances.ts";

/** A convolution in two groups, a depthwise one, and a dense layer, with large and small channels. */
function network(): CoreGraph {
  const sized = (size: number, inner: number, seed: number) =>
    noise(size, seed).map((value, i) => value * 10 ** (Math.floor(i / inner) % 4 - 2));
  return graphOf(
    [
      node("Conv2D", ["x", "w1", "b1"], "c", { ...OPEN, groups: 2 }),
      node("DepthwiseConv2D", ["c", "w2"], "d", OPEN),
      node("Reshape", ["d"], "r"),
      node("FullyConnected", ["r", "w3", "b3"], "y", OPEN),
    ],
    [
      float32("x", [1, 3, 3, 4]),
      float32("w1", [6, 2, 2, 2], sized(48, 8, 1)),
      float32("b1", [6], noise(6, 2)),
      float32("c", [1, 2, 2, 6]),
      float32("w2", [2, 2, 6], sized(24, 1, 3)),
      float32("d", [1, 1, 1, 6]),
      float32("r", [1, 6]),
      float32("w3", [3, 6], sized(18, 6, 4)),
      float32("b3", [3], noise(3, 5)),
      float32("y", [1, 3]),
    ],
    ["y"],
  );
}

const OPTIONS = { recipe: completeRecipe({}) };

Deno.test("int8 weights are float32 tensors with int8 bytes in the file, biases stay", async () => {
  const { graph, reasons } = quantizeWeightsOnly(network(), OPTIONS);
  assert.equal(reasons.size, 0);
  const model = await readBack(graph);
  const constants = model.tensors.filter(({ data }) => data);
  const table = constants.map(({ name, dtype, encoding, scales }) =>
    [name, dtype, encoding, scales?.length ?? 0].join(" ")
  );
  assert.deepEqual(table.sort(), [
    "b1 float32 float32 0",
    "b3 float32 float32 0",
    "w1/int8 float32 int8 6",
    "w2/int8 float32 int8 6",
    "w3/int8 float32 int8 3",
  ]);
});

for (const weightBits of [8, 7, 3]) {
  Deno.test(`decoded, every weight is within half a step of its channel, ${weightBits} bits`, async () => {
    const source = network();
    const recipe = completeRecipe({ weightBits });
    const model = await readBack(quantizeWeightsOnly(source, { recipe }).graph);
    for (const name of ["w1", "w2", "w3"]) {
      const tensor = model.tensors.find((one) => one.name === `${name}/int${weightBits}`)!;
      const inner = tensor.shape.slice(tensor.axis + 1).reduce((a, b) => a * b, 1);
      const original = source.tensors.get(name)!.data as Float32Array;
      decodeTensor(tensor).forEach((value, i) => {
        const step = tensor.scales![Math.floor(i / inner) % tensor.shape[tensor.axis]];
        assert(Math.abs(value - original[i]) <= step / 2 * 1.00001);
      });
    }
  });
}

Deno.test("a dense layer is off by Σ|x| · step / 2 at most, and float sums", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const depth = 1 + seed * 3;
    const graph = denseGraph([[...noise(depth, seed)]], [0.5]);
    const { graph: stored } = quantizeWeightsOnly(graph, OPTIONS);
    const x = noise(depth, 99 + seed).map((value) => value * 5);
    const [wanted, got] = [await runGraph(graph, { x }), await runGraph(stored, { x })];
    const total = x.reduce((sum, value) => sum + Math.abs(value), 0);
    const step = stored.tensors.get("w/int8")!.quantization!.scale;
    const rounding = total * depth * 2 ** -23;
    const error = Math.abs(wanted.y[0] - got.y[0]);
    assert(error <= total * step / 2 + rounding, `seed ${seed}: ${error}`);
  }
});

Deno.test("every backend runs int8 and float16 weights as the reference does", async () => {
  const x = noise(36, 7);
  for (
    const graph of [
      quantizeWeightsOnly(network(), OPTIONS).graph,
      toFloat16(network(), completeRecipe({ weights: "float16" })),
    ]
  ) {
    const packed = await pack(graph, planMemory(graph), NO_META);
    const wanted = (await REFERENCE.run(packed, { x })).y;
    for (const backend of BACKENDS) {
      const got = (await backend.run(packed, { x })).y;
      const range = Math.max(1, ...Array.from(wanted, Math.abs));
      wanted.forEach((value, i) => {
        const near = backend.fuses ? FUSED_MULTIPLY_ADD * range : 0;
        assert(Math.abs(value - got[i]) <= near, `${backend.name}: ${got[i]} for ${value}`);
      });
    }
  }
});

Deno.test("kept nodes keep float32 weights, even shared ones", async () => {
  const graph = denseGraph([[1, 0.3], [0.2, 1]]);
  graph.nodes.push(node("FullyConnected", ["y", "w"], "z", OPEN));
  graph.tensors.set("z", float32("z", [1, 2]));
  graph.outputs = ["z"];
  const { name } = graph.nodes[1];
  const done = quantizeWeightsOnly(graph, { recipe: completeRecipe({ keepFloat: [name] }) });
  assert.deepEqual([...done.reasons], [[name, "kept in float by the recipe"]]);
  assert.deepEqual(done.graph.nodes.map(({ inputs }) => inputs[1]), ["w/int8", "w"]);
  await readBack(done.graph);
});

Deno.test("weights that two nodes share stand in the file once", async () => {
  const graph = denseGraph([[1, 0.3], [0.2, 1]]);
  graph.nodes.push(node("FullyConnected", ["y", "w"], "z", OPEN));
  graph.tensors.set("z", float32("z", [1, 2]));
  graph.outputs = ["z"];
  const model = await readBack(quantizeWeightsOnly(graph, OPTIONS).graph);
  assert.equal(model.tensors.filter(({ data }) => data).length, 1);
});

Deno.test("float16 rounds weights to nearest, and leaves vectors and what it cannot hold", async () => {
  const graph = graphOf(
    [
      node("FullyConnected", ["x", "w", "b"], "y", OPEN),
      node("Add", ["y", "mask"], "z", { factorA: 1, factorB: 1, min: -Infinity, max: Infinity }),
    ],
    [
      float32("x", [1, 2]),
      float32("w", [2, 2], [1 / 3, 65504, 1e-9, -2049]),
      float32("b", [2], [1 / 3, 1]),
      float32("mask", [1, 2], [-1e9, 0]),
      float32("y", [1, 2]),
      float32("z", [1, 2]),
    ],
    ["z"],
  );
  const model = await readBack(toFloat16(graph, completeRecipe({ weights: "float16" })));
  const encodings = model.tensors.filter(({ data }) => data).map(({ name, encoding }) =>
    `${name} ${encoding}`
  );
  assert.deepEqual(encodings.sort(), ["b float32", "mask float32", "w float16"]);
  const w = model.tensors.find(({ name }) => name === "w")!;
  assert.deepEqual([...decodeTensor(w)], [0.333251953125, 65504, 0, -2048]);
  const kept = toFloat16(
    graph,
    completeRecipe({ weights: "float16", keepFloat: ["FullyConnected y"] }),
  );
  assert.equal(kept.tensors.get("w"), graph.tensors.get("w"));
});
