/** Factors that move between layers: equalization, and steps that are powers of two. */
import assert from "node:assert/strict";
import { powerOfTwoSteps, uniformLevels } from "../../converters/compress/grids/mod.ts";
import { evenGrid } from "../../converters/compress/grids/mod.ts";
import {
  absorbBiases,
  absorbSteps,
  channelPairs,
  equalize,
  evenActivations,
} from "../../converters/compress/mod.ts";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { compress } from "../../converters/stages/compress.ts";
import { evenByRecipe } from "../../converters/stages/even_activations.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, NO_META, node, noise } from "../helpers/small_models.ts";
import { SIMPLIFIED } from "../helpers/tolerances.ts";

const RELU = { ...OPEN, min: 0 };

function dense(w1: number[][], b1: number[], w2: number[][], bounds = RELU): CoreGraph {
  return graphOf(
    [
      node("FullyConnected", ["x", "w1", "b1"], "h", bounds),
      node("FullyConnected", ["h", "w2"], "y", OPEN),
    ],
    [
      float32("x", [1, w1[0].length]),
      float32("w1", [w1.length, w1[0].length], w1.flat()),
      float32("b1", [w1.length], b1),
      float32("h", [1, w1.length]),
      float32("w2", [w2.length, w1.length], w2.flat()),
      float32("y", [1, w2.length]),
    ],
    ["y"],
  );
}

/** Convolutions of all kinds in a row, with channels of very different sizes. */
function network(): CoreGraph {
  const uneven = (size: number, inner: number, seed: number) =>
    noise(size, seed).map((value, i) => value * 4 ** (Math.floor(i / inner) % 4 - 2));
  return graphOf(
    [
      node("Conv2D", ["x", "w1", "b1"], "c", { ...RELU, padTop: 1, padLeft: 1 }),
      node("DepthwiseConv2D", ["c", "w2", "b2"], "d", RELU),
      node("Conv2D", ["d", "w3"], "e", { ...RELU, groups: 2 }),
      node("Conv2D", ["e", "w4"], "y", OPEN),
    ],
    [
      float32("x", [1, 4, 4, 3]),
      float32("w1", [8, 2, 2, 3], uneven(96, 12, 1)),
      float32("b1", [8], noise(8, 2)),
      float32("c", [1, 4, 4, 8]),
      float32("w2", [2, 2, 8], uneven(32, 1, 3)),
      float32("b2", [8], noise(8, 4)),
      float32("d", [1, 3, 3, 8]),
      float32("w3", [8, 1, 1, 4], uneven(32, 4, 5)),
      float32("e", [1, 3, 3, 8]),
      float32("w4", [2, 1, 1, 8], noise(16, 6)),
      float32("y", [1, 3, 3, 2]),
    ],
    ["y"],
  );
}

const weightsOf = (graph: CoreGraph, name: string) => [...graph.tensors.get(name)!.data!];

Deno.test("equalization by hand: ranges 8 and 2 become 4 and 4", () => {
  const graph = equalize(dense([[8, -4], [1, 1]], [2, 3], [[2, 1]]));
  assert.deepEqual(weightsOf(graph, "w1"), [4, -2, 1, 1]);
  assert.deepEqual(weightsOf(graph, "b1"), [1, 3]);
  assert.deepEqual(weightsOf(graph, "w2"), [4, 1]);
});

Deno.test("evening by hand: channels of 16, 4, 0.01 and none are scaled by 1, 2, 8 and 1", () => {
  const graph = dense([[8, -4], [1, 1], [2, 1], [5, 5]], [2, 3, 1, 7], [[2, 1, 4, 3]]);
  const largest = new Map([["h", Float64Array.of(16, 4, 0.01, 0)]]);
  const even = evenActivations(graph, channelPairs(graph), largest);
  assert.deepEqual(weightsOf(even, "w1"), [8, -4, 2, 2, 16, 8, 5, 5]);
  assert.deepEqual(weightsOf(even, "b1"), [2, 6, 8, 7]);
  assert.deepEqual(weightsOf(even, "w2"), [2, 0.5, 0.5, 3]);
});

Deno.test("activations are evened out between layers of 7 or 8 bits alone", async () => {
  const integers = network();
  const w1 = integers.tensors.get("w1")!;
  const whole = Float32Array.from({ length: 96 }, (_, i) => i % 7 - 3);
  integers.tensors.set("w1", { ...w1, data: whole });
  for (
    const [graph, recipe, moved] of [
      [network(), {}, ["w1", "w2", "w3", "w4"]],
      [network(), { weightBits: 7 }, ["w1", "w2", "w3", "w4"]],
      [network(), { layers: [{ match: "DepthwiseConv2D d", rateDistortion: 1 }] }, ["w3", "w4"]],
      [network(), { keepFloat: ["Conv2D y"] }, ["w1", "w2", "w3"]],
      // Weights that were integers stay those.
      [integers, {}, ["w2", "w3", "w4"]],
      [network(), { weightBits: 6 }, []],
      [network(), { weights: "int4" }, []],
      [network(), { activations: "float32" }, []],
      [network(), { prune: "magnitude:0.5" }, []],
      [network(), { pruneChannels: 0.2 }, []],
      [network(), { equalize: "off" }, []],
    ] as [CoreGraph, Parameters<typeof completeRecipe>[0], string[]][]
  ) {
    const even = await evenByRecipe(graph, samples(), completeRecipe(recipe));
    const changed = ["w1", "w2", "w3", "w4"].filter((name) =>
      even.tensors.get(name) !== graph.tensors.get(name)
    );
    assert.deepEqual(changed, moved, JSON.stringify(recipe));
  }
});

Deno.test("dead channels are left as they are, with their biases", () => {
  const graph = equalize(dense([[8, -4], [0, 1e-9]], [2, 3], [[2, 1]]));
  assert.deepEqual(weightsOf(graph, "b1"), [1, 3]);
  assert.equal(weightsOf(graph, "w2")[1], 1);
});

Deno.test("factors move only where the float model stays the same", () => {
  assert.equal(channelPairs(network()).length, 3);
  const clamped = dense([[1, 1], [1, 1]], [0, 0], [[1, 1]], { ...RELU, max: 6 });
  assert.equal(channelPairs(clamped).length, 0);
  const both = dense([[1, 1], [1, 1]], [0, 0], [[1, 1]]);
  assert.equal(channelPairs({ ...both, outputs: ["h", "y"] }).length, 0);
  const twice = {
    ...both,
    nodes: [...both.nodes, node("Unary", ["h"], "z", { kind: 0, alpha: 0, beta: 0 })],
  };
  assert.equal(channelPairs(twice).length, 0);
  const square = dense([[1, 2], [3, 4]], [0, 0], [[1, 1], [1, 1]]);
  const [first, second] = square.nodes;
  const shared = { ...square, nodes: [first, { ...second, inputs: ["h", "w1"] }] };
  assert.equal(channelPairs(shared).length, 0);
});

Deno.test("absorbing by hand: a channel that is 10 ± 2 gives 4 of its bias to the next layer", async () => {
  // h₀ = relu(2·x₀ + 8) with mean 10 and deviation 2: c = 10 − 3·2. h₁ comes down to 0: nothing goes.
  const graph = dense([[2, 0], [0, 1]], [8, 1], [[3, 5]]);
  const spread = { mean: Float64Array.of(10, 1), deviation: Float64Array.of(2, 1) };
  const absorbed = absorbBiases(graph, new Map([["h", spread]]));
  assert.deepEqual(weightsOf(absorbed, "b1"), [4, 1]);
  assert.deepEqual(weightsOf(absorbed, absorbed.nodes[1].inputs[2]), [12]);
  assert.deepEqual(weightsOf(graph, "b1"), [8, 1]);
  // At least 4 comes out of channel 0 from x₀ = −2 on; there nothing changes.
  for (const x of [[-2, 3], [0, -7], [5, 0.5]].map((values) => Float32Array.from(values))) {
    assert.deepEqual((await runGraph(absorbed, { x })).y, (await runGraph(graph, { x })).y);
  }
});

Deno.test("nothing is absorbed where the next layer pads, or where channels come near 0", () => {
  const spread = (channels: number, mean: number) => ({
    mean: new Float64Array(channels).fill(mean),
    deviation: new Float64Array(channels).fill(1),
  });
  const all = new Map(["c", "d", "e"].map((name) => [name, spread(8, 5)]));
  const padded = network();
  padded.nodes[1].params = { ...padded.nodes[1].params, padTop: 1 };
  const absorbed = absorbBiases(padded, all);
  assert.equal(absorbed.tensors.get("b1"), padded.tensors.get("b1"));
  assert.notEqual(absorbed.tensors.get("b2"), padded.tensors.get("b2"));
  assert.equal(absorbBiases(padded, new Map([["d", spread(8, 3)]])), padded);
});

const powerOfTwo = (value: number) => Number.isInteger(Math.log2(value));
/** Largest weight of each channel over 127. */
function steps(graph: CoreGraph, name: string, axis: number): number[] {
  const { data, shape } = graph.tensors.get(name)!;
  const inner = shape!.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = Array<number>(shape![axis]).fill(0);
  data!.forEach((value: number | bigint, i: number) => {
    const o = Math.floor(i / inner) % shape![axis];
    out[o] = Math.max(out[o], Math.abs(Number(value)) / 127);
  });
  return out;
}

Deno.test("all moves leave the outputs what they were", async () => {
  const absorbed = absorbSteps(
    network(),
    (graph, { inputs, op }) => steps(graph, inputs[1], op === "DepthwiseConv2D" ? 2 : 0),
  );
  const even = await evenByRecipe(network(), samples(), completeRecipe({}));
  for (const graph of [equalize(network()), absorbed, even]) {
    const x = noise(48, 9);
    const [wanted, got] = [await runGraph(network(), { x }), await runGraph(graph, { x })];
    const peak = Math.max(...wanted.y.map(Math.abs));
    wanted.y.forEach((v, i) => assert.ok(Math.abs(v - got.y[i]) <= SIMPLIFIED * peak));
  }
  for (const [name, axis] of [["w1", 0], ["w2", 2], ["w3", 0]] as const) {
    for (const step of steps(absorbed, name, axis)) {
      const ratio = step / 2 ** Math.round(Math.log2(step));
      assert.ok(Math.abs(ratio - 1) < SIMPLIFIED, `${name} ${step}`);
    }
  }
});

Deno.test("Q(x) = round(x / 2ⁿ) by hand: of the steps ¼ and ½ the one that errs less", () => {
  const rows = Float64Array.of(2.6, 0.2, -1, 0.3);
  const weights = { rows, depth: 4, floors: Float64Array.of(0), importance: () => [1, 1, 1, 1] };
  const grid = evenGrid(Float64Array.of(2.6 / 7), 4, uniformLevels(-8, 7));
  // At ¼: 1.75, 0.25, −1, 0.25, error 0.85² + …; at ½: 2.5, 0, −1, 0.5, error 0.01 + 0.04 + 0.04.
  assert.deepEqual([...powerOfTwoSteps(grid, weights).steps], [0.5]);
  const less = { ...weights, importance: () => [0, 1, 1, 1] };
  assert.deepEqual([...powerOfTwoSteps(grid, less).steps], [0.25]);
  const floored = { ...less, floors: Float64Array.of(0.3) };
  assert.deepEqual([...powerOfTwoSteps(grid, floored).steps], [0.5]);
});

function samples() {
  const dataset: Dataset = {
    ...{ count: 40, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => Promise.resolve([noise(48, 10 + i)]),
  };
  const indices = Array.from({ length: 40 }, (_, i) => i);
  return { evaluation: null, calibration: { dataset, indices }, split: null };
}

for (const weights of ["int8", "int4", "ternary"] as const) {
  Deno.test(`${weights} with scales that are powers of two: every multiplier is a shift`, async () => {
    const recipe = completeRecipe({ weights, scales: "pow2" });
    const { graph, recovery } = await compress(network(), samples(), recipe, () => {});
    assert.equal(recovery.size, 4);
    const packed = await pack(graph, planMemory(graph), NO_META);
    const { tensors, operators } = await import("../../runtime/format/reader.ts")
      .then(({ readModel }) => readModel(packed));
    for (const { inputs, params } of operators) {
      const { scales, scale } = tensors[inputs[1] ?? inputs[0]];
      assert.ok([...scales ?? [scale]].every(powerOfTwo));
      if ("factor" in params) assert.ok(powerOfTwo(params.factor));
    }
    const x = noise(48, 77);
    const { y } = await REFERENCE.run(packed, { x });
    for (const backend of BACKENDS) assert.deepEqual((await backend.run(packed, { x })).y, y);
  });
}

Deno.test("powers of two cost next to nothing, auto equalization nothing, evened activations gain", async () => {
  const errorOf = async (given: Parameters<typeof completeRecipe>[0]) => {
    const { graph } = await compress(network(), samples(), completeRecipe(given), () => {});
    let error = 0;
    for (let i = 0; i < 10; i++) {
      const x = noise(48, 900 + i);
      const [float, got] = [await runGraph(network(), { x }), await runGraph(graph, { x })];
      float.y.forEach((value, k) => error += (value - got.y[k]) ** 2);
    }
    return error;
  };
  const plain = await errorOf({ equalize: "off" });
  assert.ok(await errorOf({}) < plain);
  assert.ok(await errorOf({ scales: "pow2" }) < 4 * plain);
  assert.ok(await errorOf({ equalize: "auto" }) <= 1.05 * plain);
});
