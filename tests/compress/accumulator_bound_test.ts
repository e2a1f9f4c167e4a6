/** No accumulator overflows: the bound, and what is done to keep it. */
import assert from "node:assert/strict";
import { largestBias } from "../../converters/compress/accumulator_bound.ts";
import { integerLayer } from "../../converters/compress/integer_layer.ts";
import { quantize } from "../../converters/compress/mod.ts";
import type { Weights } from "../../converters/compress/weighted.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import type { KedgeError } from "../../runtime/format/error.ts";
import { denseGraph, readBack, runGraph } from "../helpers/float_graphs.ts";
import { node } from "../helpers/small_models.ts";

const INT8 = { kind: "uniform", low: -127, high: 127, group: 0 } as const;
const DENSE = node("FullyConnected", ["x", "w", "b"], "y");
/** Where the room that 128 · 255 a product leaves is 2²⁴ still. */
const DEEPEST = Math.floor((2 ** 31 - 1 - 2 ** 24) / (128 * 255));

function weights(rows: number[][]): Weights {
  const [channels, depth] = [rows.length, rows[0].length];
  return { data: Float32Array.from(rows.flat()), shape: [channels, depth], axis: 0, depth };
}

function layer(rows: number[][], bias: number[] | null, scale: number) {
  return integerLayer({
    ...{ node: DENSE, weights: weights(rows), bias, room: largestBias(rows[0].length)! },
    ...{ input: { scale, zeroPoint: -3 }, grid: INT8, meanPatch: null },
  });
}

Deno.test("products and bias stay in int32, whatever the integers are", () => {
  for (const depth of [1, 9, 1000, 32_000, 33_000, 60_000, DEEPEST]) {
    const room = largestBias(depth)!;
    assert(room >= 2 ** 24 && room <= 2 ** 30);
    assert(depth * 128 * 255 + room < 2 ** 31);
  }
  assert.equal(largestBias(DEEPEST + 1), null);
  assert.equal(largestBias(1_000_000), null);
});

Deno.test("a large bias over small or dead weights is kept: the channel's step widens", () => {
  const rows = [[1, -1], [0, 0], [1e-6, -1e-6]];
  const bias = [0.5, 5, -300];
  const { scales, bias: integers } = layer(rows, bias, 0.02);
  bias.forEach((value, c) => {
    const step = scales[c] * 0.02;
    assert(Math.abs(integers![c]) <= 2 ** 30);
    assert(Math.abs(integers![c] * step - value) <= step);
  });
  assert(Math.abs(scales[0] - 1 / 127) < 1e-5);
});

Deno.test("a dead channel's bias comes out of the reference", async () => {
  const graph = denseGraph([[1, -1], [0, 0]], [0.5, 5]);
  const ranges = new Map([["x", { min: -1, max: 1 }]]);
  const done = quantize(graph, ranges, { recipe: completeRecipe({}) }).graph;
  const { y } = await runGraph(done, { x: Float32Array.of(0.25, 0.25) });
  assert(Math.abs(y[0] - 0.5) < 0.01 && Math.abs(y[1] - 5) < 1e-6, String(y));
});

for (const sign of [1, -1]) {
  Deno.test(`the deepest layer at its ${sign > 0 ? "largest" : "smallest"} sum is exact`, async () => {
    const row = Array<number>(DEEPEST).fill(sign);
    const graph = denseGraph([row], [sign * 4000]);
    const ranges = new Map([["x", { min: 0, max: 255 }]]);
    const done = quantize(graph, ranges, { recipe: completeRecipe({}) }).graph;
    const { y } = await runGraph(done, { x: new Float32Array(DEEPEST).fill(255) });
    const wanted = sign * (DEEPEST * 255 + 4000);
    assert(Math.abs(y[0] / wanted - 1) < 1e-3, `${y[0]} for ${wanted}`);
  });
}

Deno.test("a deeper layer stays float and says so", async () => {
  const graph = denseGraph([Array<number>(DEEPEST + 1).fill(1)]);
  const done = quantize(graph, new Map(), { recipe: completeRecipe({}) });
  assert.deepEqual([...done.reasons.values()], [
    `${DEEPEST + 1} products are more than an int32 sum has room for`,
  ]);
  await readBack(done.graph);
});

Deno.test("weights and biases that are no numbers are refused by the node's name", () => {
  for (const [rows, bias] of [[[[1, NaN]], [1]], [[[1, 2]], [Infinity]]] as const) {
    assert.throws(() => layer(rows.map((row) => [...row]), [...bias], 1), (error: KedgeError) => {
      assert.equal(error.data.code, "model/not-finite");
      assert.equal(error.data.where?.node, DENSE.name);
      return true;
    });
  }
});
