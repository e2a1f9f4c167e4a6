/** Quantized graphs that run backwards, and biases trained through them. */
import assert from "node:assert/strict";
import { fakeQuantize, Network, studentOf } from "../../converters/compress/mod.ts";
import { fakeQuantized } from "../../converters/compress/distill/fake_quantized.ts";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { completeRecipe, type Recipe } from "../../converters/recipe/mod.ts";
import { compress } from "../../converters/stages/compress.ts";
import { float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";

const RELU = { ...OPEN, min: 0 };

function network(): CoreGraph {
  return graphOf(
    [
      node("Conv2D", ["x", "w1", "b1"], "c", { ...RELU, padTop: 1, padLeft: 1 }),
      node("DepthwiseConv2D", ["c", "w2", "b2"], "d", RELU),
      node("Reshape", ["d"], "r"),
      node("FullyConnected", ["r", "w3", "b3"], "y", OPEN),
    ],
    [
      float32("x", [1, 5, 5, 3]),
      float32("w1", [8, 2, 2, 3], noise(96, 1)),
      float32("b1", [8], noise(8, 2)),
      float32("c", [1, 5, 5, 8]),
      float32("w2", [2, 2, 8], noise(32, 3)),
      float32("b2", [8], noise(8, 4)),
      float32("d", [1, 4, 4, 8]),
      float32("r", [1, 128]),
      float32("w3", [4, 128], noise(512, 6)),
      float32("b3", [4], noise(4, 7)),
      float32("y", [1, 4]),
    ],
    ["y"],
  );
}

const COUNT = 64;
const inputOf = (i: number) => noise(75, 10 + i).map((value) => value + 0.3);

function compressed(given: Partial<Recipe>) {
  const dataset: Dataset = {
    ...{ count: COUNT, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => Promise.resolve([inputOf(i)]),
  };
  const indices = Array.from({ length: COUNT }, (_, i) => i);
  const samples = { evaluation: null, calibration: { dataset, indices }, split: null };
  return compress(network(), samples, completeRecipe(given), () => {});
}

/** Mean squared error of the outputs on samples that were not calibrated with. */
async function errorOf(graph: CoreGraph): Promise<number> {
  let error = 0;
  for (let i = 0; i < 20; i++) {
    const x = inputOf(900 + i);
    const [float, got] = [await runGraph(network(), { x }), await runGraph(graph, { x })];
    float.y.forEach((value, k) => error += (value - got.y[k]) ** 2);
  }
  return error / 20;
}

Deno.test("rounding by hand: steps of 0.5 from −63.5 to 64; what is clipped has no slope", () => {
  const quantization = { scale: 0.5, zeroPoint: -1 };
  const values = Float32Array.of(0.7, 0.8, -63.6, -64, 64.2, 65);
  const gradient = new Float32Array(6).fill(1);
  const made = { shape: [6], values, gradient };
  const step = fakeQuantized({ forward() {}, backward() {} }, made, quantization);
  step.forward();
  assert.deepEqual([...values], [0.5, 1, -63.5, -63.5, 64, 64]);
  step.backward();
  assert.deepEqual([...gradient], [1, 1, 1, 0, 1, 0]);
});

Deno.test("the student gives what the quantized graph gives, to a step of each activation", async () => {
  const { whole } = await compressed({ weights: "int4", round: "nearest" });
  const { graph, quantizations, layers } = studentOf(network(), whole);
  assert.deepEqual(
    [...layers.keys()],
    network().nodes.filter((_, i) => i !== 2).map((n) => n.name),
  );
  const student = new Network(graph, new Set(["y"]), quantizations);
  for (let i = 0; i < 5; i++) {
    const x = inputOf(700 + i);
    student.nodes.get("x")!.values.set(x);
    student.forward();
    const wanted = (await runGraph(whole, { x })).y;
    const peak = Math.max(...wanted.map(Math.abs));
    const { values } = student.nodes.get("y")!;
    wanted.forEach((y, k) => assert.ok(Math.abs(values[k] - y) <= peak / 64, `${values[k]}, ${y}`));
    const [fed, rounded] = [student.nodes.get("x")!.values, x.slice()];
    fakeQuantize(rounded, quantizations.get("x")!);
    assert.deepEqual(fed, rounded);
  }
});

Deno.test("biases trained together give more nearly what the float graph gives, again the same", async () => {
  const given = { weights: "int4", round: "nearest", biasCorrection: false } as const;
  const plain = await compressed(given);
  const trained = await compressed({ ...given, distill: 12 });
  const again = await compressed({ ...given, distill: 12 });
  const [before, after] = [await errorOf(plain.graph), await errorOf(trained.graph)];
  assert.ok(after < before, `${before}, then ${after}`);
  assert.deepEqual(again.graph.tensors, trained.graph.tensors);
  for (const { name, inputs: [, w] } of plain.whole.nodes) {
    const other = trained.whole.nodes.find((one) => one.name === name)!;
    const weights = plain.whole.tensors.get(w ?? "")?.data;
    assert.deepEqual(trained.whole.tensors.get(other.inputs[1] ?? "")?.data, weights);
  }
});
