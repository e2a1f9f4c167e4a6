/** What each recipe makes of a float graph. */
import assert from "node:assert/strict";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { compress } from "../../converters/stages/compress.ts";
import { completeRecipe, type LayerSettings, type Recipe } from "../../converters/recipe/mod.ts";
import type { KedgeError } from "../../runtime/format/error.ts";
import { float32, OPEN, readBack, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";

const ROWS = 20;
const NOTHING = { evaluation: null, calibration: null, split: null };

function network(): CoreGraph {
  return graphOf(
    [
      node("FullyConnected", ["x", "w1", "b"], "h", { ...OPEN, min: 0 }),
      node("FullyConnected", ["h", "w2"], "y", OPEN),
    ],
    [
      float32("x", [1, 8]),
      float32("w1", [6, 8], noise(48, 1)),
      float32("b", [6], noise(6, 2)),
      float32("h", [1, 6]),
      float32("w2", [4, 6], noise(24, 3)),
      float32("y", [1, 4]),
    ],
    ["y"],
  );
}

function calibrated() {
  const dataset: Dataset = {
    ...{ count: ROWS, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => Promise.resolve([noise(8, 10 + i)]),
  };
  const indices = Array.from({ length: ROWS }, (_, i) => i);
  return { ...NOTHING, calibration: { dataset, indices } };
}

const never = () => assert.fail("nothing is calibrated");

const ENCODINGS: [Partial<Recipe>, string, number][] = [
  [{ weights: "float32" }, "float32 float32 float32", 0],
  [{ weights: "float16" }, "float16 float32 float16", 1e-3],
  [{ activations: "float32" }, "int8 float32 int8", 0.02],
  [{ activations: "float32", weightBits: 7 }, "int8 float32 int8", 0.04],
  [{ activations: "float32", keepFloat: ["FullyConnected y"] }, "int8 float32 float32", 0.02],
];

for (const [given, wanted, bound] of ENCODINGS) {
  Deno.test(`${JSON.stringify(given)} without data gives ${wanted}`, async () => {
    const { graph } = await compress(network(), NOTHING, completeRecipe(given), never);
    const model = await readBack(graph);
    const constants = model.tensors.filter(({ data }) => data);
    assert.equal(constants.map(({ encoding }) => encoding).join(" "), wanted);
    const x = noise(8, 77);
    const [float, got] = [await runGraph(network(), { x }), await runGraph(graph, { x })];
    float.y.forEach((value, i) => assert(Math.abs(value - got.y[i]) <= bound));
  });
}

/** The second layer alone otherwise, and how its weights then stand in the file. */
const MIXED: [rule: Partial<LayerSettings>, encoding: string, dtype: string][] = [
  [{ weightBits: 6 }, "int8", "int8"],
  [{ activations: "float32" }, "int8", "float32"],
  [{ weights: "float16" }, "float16", "float32"],
  [{ weights: "float32" }, "float32", "float32"],
];

for (const [rule, encoding, dtype] of MIXED) {
  Deno.test(`one layer with ${JSON.stringify(rule)} beside int8`, async () => {
    const recipe = completeRecipe({ layers: [{ match: "*y", ...rule }] });
    const { graph } = await compress(network(), calibrated(), recipe, () => {});
    const model = await readBack(graph);
    const weights = model.operators.filter(({ op }) => op === "FullyConnected")
      .map(({ inputs }) => model.tensors[inputs[1]]);
    const table = weights.map(({ encoding, dtype }) => `${encoding} ${dtype}`);
    assert.deepEqual(table, ["int8 int8", `${encoding} ${dtype}`]);
    const x = noise(8, 15);
    const [float, got] = [await runGraph(network(), { x }), await runGraph(graph, { x })];
    float.y.forEach((value, i) => assert(Math.abs(value - got.y[i]) < 0.05));
  });
}

Deno.test("one integer layer in a float model", async () => {
  const layers = [{ match: "*h", weights: "int8", activations: "int8" } as const];
  const recipe = completeRecipe({ weights: "float32", layers });
  const { graph } = await compress(network(), calibrated(), recipe, () => {});
  const ops = graph.nodes.map(({ op }) => op);
  assert.deepEqual(ops, ["Quantize", "FullyConnected", "FullyConnected"]);
});

for (const calibrate of ["minmax", "percentile"] as const) {
  Deno.test(`int8 weights and activations, ${calibrate}`, async () => {
    const seen: string[] = [];
    const recipe = completeRecipe({ calibrate });
    const { graph, reasons } = await compress(
      network(),
      calibrated(),
      recipe,
      (stage, done, total) => seen.push(`${stage} ${done}/${total}`),
    );
    assert.deepEqual(seen.slice(-3), [`calibrate ${ROWS}/${ROWS}`, "round 1/2", "round 2/2"]);
    assert.equal(seen.length, ROWS + 2);
    assert.equal(reasons.size, 0);
    assert.deepEqual(graph.nodes.map(({ op }) => op), [
      ...["Quantize", "FullyConnected", "FullyConnected"],
    ]);
    const x = noise(8, 15);
    const [float, got] = [await runGraph(network(), { x }), await runGraph(graph, { x })];
    float.y.forEach((value, i) => assert(Math.abs(value - got.y[i]) < 0.03));
  });
}

for (const [biasCorrection, runs] of [[true, 16], [false, 0]] as const) {
  Deno.test(`weights alone with data run ${runs} samples, bias correction ${biasCorrection}`, async () => {
    let seen = 0;
    const recipe = completeRecipe({ activations: "float32", biasCorrection });
    const { graph } = await compress(network(), calibrated(), recipe, () => seen++);
    assert.equal(seen, runs);
    const biases = (await readBack(graph)).tensors.filter(({ data, shape }) =>
      data && shape.length === 1
    );
    assert.equal(biases.length, biasCorrection ? 2 : 1);
  });
}

Deno.test("the same recipe on the same data gives the same graph", async () => {
  const once = () => compress(network(), calibrated(), completeRecipe({}), () => {});
  assert.deepEqual(await once(), await once());
});

const REFUSED: [Partial<Recipe>, string][] = [
  [{}, "data/missing"],
  [{ keepFloat: ["no such node"] }, "usage/keep-float"],
  [{ layers: [{ match: "no such *" }] }, "usage/layers"],
  [{ weights: "float16", keepFloat: ["no such node"] }, "usage/keep-float"],
  [{ activations: "float32", keepFloat: ["no such node"] }, "usage/keep-float"],
];

for (const [given, code] of REFUSED) {
  Deno.test(`${JSON.stringify(given)} without data is ${code}`, async () => {
    await assert.rejects(
      compress(network(), NOTHING, completeRecipe(given), never),
      (error: KedgeError) => error.data.code === code,
    );
  });
}
