/** Rounding that is learned, weight by weight and block by block. */
import assert from "node:assert/strict";
import {
  blocksOf,
  type Choices,
  choicesOf,
  reconstructBlock,
  weightsOf,
} from "../../converters/compress/mod.ts";
import { CentredBias } from "../../converters/compress/reconstruct/centred_bias.ts";
import { SoftRounding } from "../../converters/compress/rounding/soft_rounding.ts";
import { float32, OPEN } from "../helpers/float_graphs.ts";
import { graphOf, node } from "../helpers/small_models.ts";
import { FLOAT64_SOLVE } from "../helpers/tolerances.ts";

Deno.test("soft rounding by hand: ŵ = low + width·h, and a first step of the rate in V", () => {
  const soft = new SoftRounding(
    Float64Array.of(1, -1),
    Float64Array.of(2, 0),
    Float64Array.of(.5, 0),
  );
  const values = new Float64Array(2);
  soft.write(values);
  assert.deepEqual([...values], [2, -1]);
  // h = ½ is V = 0; Adam moves V by the rate, against the gradient: h = σ(−0.1)·1.2 − 0.1.
  soft.step([3, 3], 0.1, 0.1, 0);
  const wanted = 1.2 / (1 + Math.exp(0.1)) - 0.1;
  assert.ok(Math.abs(soft.h[0] - wanted) < FLOAT64_SOLVE, String(soft.h[0]));
  assert.equal(soft.h[1], 0);
});

Deno.test("the regulariser pushes what is decided on, once the first fifth is over", () => {
  const soft = new SoftRounding(
    Float64Array.of(0, 0),
    Float64Array.of(1, 1),
    Float64Array.of(.3, .7),
  );
  soft.step([0, 0], 0.2, 0.1, 1);
  assert.deepEqual([...soft.h].map((h) => Math.round(h * 1e6) / 1e6), [0.3, 0.7]);
  for (let n = 0; n < 100; n++) soft.step([0, 0], 1, 0.1, 1);
  assert.deepEqual([...soft.h], [0, 1]);
});

/** Two residual units behind a first layer, a pool, a dense layer, a function. */
function residual() {
  const relu = { ...OPEN, min: 0 };
  const add = { factorA: 1, factorB: 1, min: -Infinity, max: Infinity };
  const activations = ["c", "d", "e", "s", "f", "g", "t"].map((name) =>
    float32(name, [1, 2, 2, 2])
  );
  const weights = Array.from({ length: 5 }, (_, i) => float32(`w${i}`, [2, 1, 1, 2], [1, 2, 3, 4]));
  return graphOf(
    [
      node("Conv2D", ["x", "w0"], "c", relu),
      node("Conv2D", ["c", "w1"], "d", relu),
      node("Conv2D", ["d", "w2"], "e", OPEN),
      node("Add", ["e", "c"], "s", add),
      node("Conv2D", ["s", "w3"], "f", relu),
      node("Conv2D", ["f", "w4"], "g", OPEN),
      node("Add", ["g", "s"], "t", add),
      node("Reshape", ["t"], "r"),
      node("FullyConnected", ["r", "v"], "y", OPEN),
      node("Unary", ["y"], "z", { kind: 0, alpha: 0, beta: 0 }),
    ],
    [
      float32("x", [1, 2, 2, 2]),
      ...activations,
      ...weights,
      float32("r", [1, 8]),
      float32("v", [1, 8], [1, 1, 1, 1, 1, 1, 1, 1]),
      float32("y", [1, 1]),
      float32("z", [1, 1]),
    ],
    ["z"],
  );
}

Deno.test("blocks by hand: a residual unit stays whole, what follows the last layer is in none", () => {
  const blocks = blocksOf(residual()).map(({ nodes, output }) => [
    nodes.map((one) => one.output).join(""),
    output,
  ]);
  assert.deepEqual(blocks, [["cdes", "s"], ["fgt", "t"], ["y", "y"]]);
});

Deno.test("choices by hand: the level a weight has, and the next one that its channel uses", () => {
  const data = Float32Array.of(1.3, 2, 0, -0.9, 4, 4.6, 0.1, 0);
  const weights = { data, shape: [2, 4], axis: 0, depth: 4 };
  const q = Int8Array.of(1, 2, 0, -1, 2, 3, 0, 0);
  const { lower, upper, soft } = choicesOf(weights, q, [1, 2], 4);
  // 2 is met exactly, 0 is pinned; −0.9 lies towards 0; 4.6 / 2 towards 2; 0.1 / 2 towards 2.
  assert.deepEqual([...lower], [1, 2, 0, -1, 2, 2, 0, 0]);
  assert.deepEqual([...upper], [2, 2, 0, 0, 2, 3, 2, 0]);
  assert.deepEqual([...soft.width], [1, 0, 0, 1, 0, 2, 4, 0]);
  q.forEach((value, i) => assert.equal(soft.h[i] < 0.5 ? lower[i] : upper[i], value));
});

Deno.test("a bias by hand that follows its weights: 2 − (3 − 1)·0.5", () => {
  const graph = graphOf(
    [node("FullyConnected", ["x", "w", "b"], "y", OPEN)],
    [
      float32("x", [1, 2]),
      float32("w", [1, 2], [1, 4]),
      float32("b", [1], [2]),
      float32("y", [1, 1]),
    ],
    ["y"],
  );
  const [layer] = graph.nodes;
  const bias = Float32Array.of(2);
  const centred = new CentredBias(layer, weightsOf(graph, layer)!, bias, Float64Array.of(0.5, 9));
  centred.write(Float32Array.of(3, 4), bias);
  assert.deepEqual([...bias], [1]);
  const gradient = Float32Array.of(5, 5);
  centred.follow(gradient, Float32Array.of(2));
  assert.deepEqual([...gradient], [4, -13]);
});

Deno.test("two layers by hand: 1.4·1.4 is nearest by 2·1, which no layer alone would choose", () => {
  const graph = graphOf(
    [
      node("FullyConnected", ["x", "v", "a"], "h", OPEN),
      node("FullyConnected", ["h", "w", "b"], "y", OPEN),
    ],
    [
      float32("x", [1, 1]),
      float32("v", [1, 1], [1]),
      float32("a", [1], [0]),
      float32("h", [1, 1]),
      float32("w", [1, 1], [1]),
      float32("b", [1], [0]),
      float32("y", [1, 1]),
    ],
    ["y"],
  );
  const choice = (share: number): Choices => ({
    soft: new SoftRounding(Float64Array.of(1), Float64Array.of(1), Float64Array.of(share)),
    lower: Int8Array.of(1),
    upper: Int8Array.of(2),
  });
  const choices = new Map(graph.nodes.map(({ name }, i) => [name, choice(0.2 - 0.05 * i)]));
  const lessons = [1, -1, 2, -2, 0.5, -0.5].map((x, i) => {
    const input = Float32Array.of(x);
    const feeds = new Map([["x", { float: input, quantized: input }]]);
    return { feeds, target: Float32Array.of(1.96 * x), held: i > 3 };
  });
  const problem = { graph, output: "y", choices, lessons, steps: 400, seed: 1 };
  const { layers, before, after } = reconstructBlock(problem)!;
  const integers = graph.nodes.map(({ name }) => layers!.get(name)!.integers[0]);
  assert.deepEqual(integers.toSorted(), [1, 2]);
  assert.ok(Math.abs(before - (0.96 / 1.96) ** 2 * 0.25 / (10.5 / 6)) < 1e-6, String(before));
  assert.ok(after < 0.01 * before, `${before} ${after}`);
});
