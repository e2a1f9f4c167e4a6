/** Low-bit weights through the whole line: what they are, what recovers them, equal bits everywhere. */
import assert from "node:assert/strict";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { completeRecipe, type Recipe } from "../../converters/recipe/mod.ts";
import { compress } from "../../converters/stages/compress.ts";
import { NodeRunner } from "../../converters/stages/node_runner.ts";
import { recoverEach } from "../../converters/stages/recover.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, NO_META, node, noise } from "../helpers/small_models.ts";
import { FUSED_MULTIPLY_ADD } from "../helpers/tolerances.ts";

const RELU = { ...OPEN, min: 0 };

/** A convolution, a depthwise one, one in groups, a sum of two branches, a dense layer. */
function network(): CoreGraph {
  return graphOf(
    [
      node("Conv2D", ["x", "w1", "b1"], "c", { ...RELU, padTop: 1, padLeft: 1 }),
      node("DepthwiseConv2D", ["c", "w2"], "d", RELU),
      node("Conv2D", ["d", "w3", "b3"], "e", { ...RELU, groups: 2 }),
      node("Add", ["d", "e"], "s", { factorA: 1, factorB: 1, min: -Infinity, max: Infinity }),
      node("Reshape", ["s"], "r"),
      node("FullyConnected", ["r", "w4", "b4"], "y", OPEN),
    ],
    [
      float32("x", [1, 5, 5, 3]),
      float32("w1", [8, 2, 2, 3], noise(96, 1)),
      float32("b1", [8], noise(8, 2)),
      float32("c", [1, 5, 5, 8]),
      float32("w2", [2, 2, 8], noise(32, 3)),
      float32("d", [1, 4, 4, 8]),
      float32("w3", [8, 1, 1, 4], noise(32, 4)),
      float32("b3", [8], noise(8, 5)),
      float32("e", [1, 4, 4, 8]),
      float32("s", [1, 4, 4, 8]),
      float32("r", [1, 128]),
      float32("w4", [4, 128], noise(512, 6)),
      float32("b4", [4], noise(4, 7)),
      float32("y", [1, 4]),
    ],
    ["y"],
  );
}

const COUNT = 40;

function samples() {
  const dataset: Dataset = {
    ...{ count: COUNT, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => Promise.resolve([noise(75, 10 + i).map((value) => value + 0.3)]),
  };
  const indices = Array.from({ length: COUNT }, (_, i) => i);
  return { evaluation: null, calibration: { dataset, indices }, split: null };
}

function compressed(given: Partial<Recipe>) {
  return compress(network(), samples(), completeRecipe(given), () => {});
}

/** Mean squared error of the outputs on samples that were not calibrated with. */
async function errorOf(graph: CoreGraph): Promise<number> {
  let error = 0;
  for (let i = 0; i < 10; i++) {
    const x = noise(75, 900 + i).map((value) => value + 0.3);
    const [float, got] = [await runGraph(network(), { x }), await runGraph(graph, { x })];
    float.y.forEach((value, k) => error += (value - got.y[k]) ** 2);
  }
  return error / 10;
}

const distinct = (values: Iterable<number>) => new Set(values).size;
const KINDS: [given: Partial<Recipe>, fits: (weights: Int8Array, row: Int8Array) => boolean][] = [
  [{ weights: "int4" }, (q) => q.every((v) => v >= -8 && v <= 7)],
  [{ weights: "int4", group: 16 }, (q) => q.every((v) => v >= -120 && v <= 105)],
  [{ weights: "int2" }, (q) => q.every((v) => v >= -2 && v <= 1)],
  [{ weights: "ternary" }, (q) => q.every((v) => Math.abs(v) <= 1)],
  [{ weights: "binary" }, (q) => q.every((v) => Math.abs(v) === 1)],
  [{ weights: "binary", bases: 3 }, (_, row) => distinct(row) <= 8],
  [{ weights: "pow2" }, (q) => q.every((v) => v === 0 || Number.isInteger(Math.log2(Math.abs(v))))],
  [{ weights: "codebook:5" }, (q) => distinct(q) <= 5],
  [{ weights: "codebook:5", codebookPer: "channel" }, (_, row) => distinct(row) <= 5],
];

for (const [given, fits] of KINDS) {
  for (const activations of ["int8", "float32"] as const) {
    const recipe = { ...given, activations };
    Deno.test(`${JSON.stringify(recipe)}: such weights, the same bits everywhere`, async () => {
      const { graph, whole, recovery } = await compressed(recipe);
      assert.equal(recovery.size, 4);
      // Of a channel that is constant by its rounding, zeros are left in `graph`.
      for (const { inputs: [, name], op } of whole.nodes) {
        if (!["Conv2D", "DepthwiseConv2D", "FullyConnected"].includes(op)) continue;
        const { data, dtype, shape } = whole.tensors.get(name)!;
        assert.ok(data instanceof Int8Array);
        assert.equal(dtype, activations === "int8" ? "int8" : "float32");
        const row = op === "DepthwiseConv2D"
          ? data.filter((_, i) => i % 8 === 0)
          : data.subarray(0, data.length / shape![0]);
        assert.ok(fits(data, row), name);
      }
      const packed = await pack(graph, planMemory(graph), NO_META);
      for (let i = 0; i < 5; i++) {
        const x = noise(75, 700 + i);
        const { y: wanted } = await REFERENCE.run(packed, { x });
        for (const backend of BACKENDS) {
          const { y } = await backend.run(packed, { x });
          if (activations === "int8") assert.deepEqual(y, wanted, backend.name);
          const peak = Math.max(...wanted.map(Math.abs));
          y.forEach((v, k) => assert.ok(Math.abs(v - wanted[k]) <= 20 * peak * FUSED_MULTIPLY_ADD));
        }
      }
    });
  }
}

Deno.test("on new samples every method beats plain rounding", async () => {
  const errors: Record<string, number> = {};
  for (const round of ["nearest", "gptq", "cd", "auto"] as const) {
    errors[round] = await errorOf((await compressed({ weights: "int4", round })).graph);
  }
  const plain = await errorOf((await compressed({ weightBits: 4, round: "plain" })).graph);
  for (const error of Object.values(errors)) {
    assert.ok(error < 0.6 * plain, JSON.stringify({ ...errors, plain }));
  }
});

for (const given of [{}, { weights: "int4" }, { weights: "int2", round: "block" }] as const) {
  Deno.test(`${JSON.stringify(given)}: rounding twice gives the same bytes`, async () => {
    const packed = async () => {
      const { graph } = await compressed(given);
      return await pack(graph, planMemory(graph), NO_META);
    };
    assert.deepEqual(await packed(), await packed());
  });
}

Deno.test("blocks are learned where that errs less, and the report says so", async () => {
  const { graph, recovery } = await compressed({ weights: "int2", round: "block" });
  const learned = [...recovery.values()].filter(({ tried }) => "block learned" in tried);
  assert.ok(learned.length > 0);
  for (const { method, tried } of learned) {
    const better = tried["block learned"] < tried["block as it was"];
    assert.equal(method.endsWith("learned by block"), better);
  }
  const { graph: other } = await compressed({ weights: "int2", round: "cd" });
  const [block, cd] = [await errorOf(graph), await errorOf(other)];
  assert.ok(block < 1.05 * cd, `${block} ${cd}`);
});

Deno.test("without samples low-bit weights go to the nearest level", async () => {
  const recipe = completeRecipe({ weights: "int4", activations: "float32" });
  const nothing = { evaluation: null, calibration: null, split: null };
  const { graph, recovery } = await compress(network(), nothing, recipe, () => {});
  assert.equal(recovery.size, 0);
  assert.ok(graph.tensors.get(graph.nodes[0].inputs[1])?.data instanceof Int8Array);
});

Deno.test("int8 is rounded for what comes in, on the steps that it has", async () => {
  const plain = await compressed({ round: "plain" });
  const auto = await compressed({});
  assert.equal(plain.recovery.size, 0);
  assert.equal(auto.recovery.size, 4);
  for (const { error, tried } of auto.recovery.values()) assert.ok(error <= tried.plain);
  for (const { inputs: [, name] } of auto.whole.nodes) {
    const [made, before] = [auto, plain].map(({ whole }) => whole.tensors.get(name ?? ""));
    if (made?.data) assert.deepEqual(made.quantization, before!.quantization);
  }
  const rule = { match: "DepthwiseConv2D*", weights: "int8", round: "auto" } as const;
  const mixed = await compressed({ weights: "int4", layers: [rule] });
  assert.equal(mixed.recovery.size, 4);
});

Deno.test("weights that were integers stay these, and so do pruned ones and float layers", async () => {
  const stored = network();
  const data = stored.tensors.get("w4")!.data as Float32Array;
  const integers = data.map((w) => Math.round(100 * w) / 128);
  stored.tensors.set("w4", { ...stored.tensors.get("w4")!, data: integers });
  const recipe = completeRecipe({});
  const { whole, recovery } = await compress(stored, samples(), recipe, () => {});
  assert.deepEqual([...recovery.keys()].filter((name) => name.startsWith("Fully")), []);
  assert.equal(recovery.size, 3);
  const dense = whole.nodes.find(({ op }) => op === "FullyConnected")!;
  const { data: kept } = whole.tensors.get(dense.inputs[1])!;
  assert.ok(integers.every((w, i) => Number(kept![i]) === Math.round(w * 128)));
  assert.equal((await compressed({ prune: "magnitude:0.5" })).recovery.size, 0);
  assert.equal((await compressed({ weights: "float32" })).recovery.size, 0);
});

Deno.test("a graph that runs node by node gives what it gives as a whole", async () => {
  const graph = network();
  const inputs = [1, 2, 3].map((seed) => [noise(75, seed)]);
  const runner = new NodeRunner(graph, inputs);
  await runner.runUpTo("FullyConnected y");
  await runner.runNext();
  for (const [i, [x]] of inputs.entries()) {
    const packed = await pack(graph, planMemory(graph), NO_META);
    assert.deepEqual(runner.values("y", i), (await BACKENDS[1].run(packed, { x })).y);
  }
  assert.throws(() => runner.values("c", 0), "what nobody needs any more is gone");
});

Deno.test("of several ways to round at once, each gives its own weights, whatever the first one is", async () => {
  const { float, whole } = await compressed({});
  const recipes = [{}, { weightBits: 3 }].map(completeRecipe);
  const variants = recipes.map((recipe) => ({ graph: float, recipe }));
  const [eight, three] = await recoverEach(float, whole, samples(), variants, () => {});
  assert.equal(eight.size, 0);
  assert.equal(three.size, 4);
  for (const { weights } of three.values()) assert.ok(weights.every((q) => Math.abs(q) <= 3));
});
