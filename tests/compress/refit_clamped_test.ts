/** The refit behind bounds: by hand, and never worse than what it starts with. */
import assert from "node:assert/strict";
import {
  type Bounds,
  boundsOf,
  clampedError,
  type ColumnPairs,
  joinColumns,
  mergeColumns,
  refitClamped,
} from "../../converters/compress/mod.ts";
import { OPEN } from "../helpers/float_graphs.ts";
import { node, noise } from "../helpers/small_models.ts";
import { FLOAT64_SOLVE } from "../helpers/tolerances.ts";

const RELU: Bounds = { min: 0, max: Infinity };

/** Columns x = (x̂, u) of which the compressed layer sees the first: x̂ of 1, 2, −3, u of 0, 0, −4. */
const SEEN: ColumnPairs = {
  ...{ blocks: 1, count: 3, depth: 2 },
  original: Float32Array.of(1, 0, 2, 0, -3, -4),
  compressed: Float32Array.of(1, 0, 2, 0, -3, 0),
};
const OLD = { weights: Float64Array.of(1, 1), bias: Float64Array.of(0) };
/** Least squares for 1, 2, −7: the slope is 26 / 14, the level −4 / 3. */
const LINEAR = { weights: Float64Array.of(26 / 14, 0), bias: Float64Array.of(-4 / 3) };

Deno.test("error behind bounds by hand: what is beyond the bound on both sides counts nothing", () => {
  // relu gives 1, 2, 0; the linear fit 11/21, 50/21, and less than 0.
  const error = clampedError(OLD, LINEAR, SEEN, RELU);
  assert.ok(Math.abs(error - (100 + 64) / 441 / 3) < FLOAT64_SOLVE, String(error));
  const ten = { min: -Infinity, max: 1.5 };
  // Below 1.5: 1, 1.5, −7 beside 11/21, 1.5, −145/21.
  const upper = clampedError(OLD, LINEAR, SEEN, ten);
  assert.ok(Math.abs(upper - (100 + 4) / 441 / 3) < FLOAT64_SOLVE, String(upper));
});

Deno.test("refit behind ReLU by hand: slope 1 without a bias gives 1, 2 and at most 0", () => {
  // Nothing is left to gain there: 0 error, and W' is W.
  const there = { weights: Float64Array.of(1, 0), bias: Float64Array.of(0) };
  const same = refitClamped(OLD, there, SEEN, [true, false], RELU);
  assert.ok(Math.abs(same.weights[0] - 1) < FLOAT64_SOLVE && same.weights[1] === 0);
  assert.ok(Math.abs(same.bias[0]) < FLOAT64_SOLVE, String(same.bias[0]));
  const made = refitClamped(OLD, LINEAR, SEEN, [true, false], RELU);
  const [before, after] = [LINEAR, made].map((rows) => clampedError(OLD, rows, SEEN, RELU));
  assert.ok(after < before / 2, `${before}, then ${after}`);
});

Deno.test("without bounds the refit stays with least squares", () => {
  const open = { min: -Infinity, max: Infinity };
  const made = refitClamped(OLD, LINEAR, SEEN, [true, false], open);
  // λ = 1% of 14/3 holds the slope to 1.
  const slope = (26 / 3 + 0.01 * 14 / 3) / (1.01 * 14 / 3);
  assert.ok(Math.abs(made.weights[0] - slope) < FLOAT64_SOLVE, String(made.weights[0]));
  assert.ok(Math.abs(made.bias[0] + 4 / 3) < FLOAT64_SOLVE, String(made.bias[0]));
});

Deno.test("random layers of several blocks err less behind the bounds after the refit", () => {
  for (let seed = 0; seed < 20; seed++) {
    const [blocks, count, depth, outputs] = [1 + seed % 3, 60, 5, 2];
    const original = noise(blocks * count * depth, seed);
    const other = noise(original.length, seed + 100);
    const compressed = original.map((value, i) => value + 0.3 * other[i]);
    const columns = { blocks, count, depth, original, compressed };
    const weights = Float64Array.from(noise(blocks * outputs * depth, seed + 200));
    const rows = { weights, bias: new Float64Array(blocks * outputs) };
    const stays = Array.from({ length: blocks * depth }, (_, i) => i % depth !== seed % depth);
    const masked = {
      ...rows,
      weights: weights.map((w, i) => i % depth === seed % depth ? 0 : w),
    };
    const bounds = seed % 2 ? RELU : { min: -0.5, max: 0.5 };
    const made = refitClamped(rows, masked, columns, stays, bounds);
    const [before, after] = [masked, made].map((one) => clampedError(rows, one, columns, bounds));
    assert.ok(after < before, `seed ${seed}: ${before}, then ${after}`);
    assert.ok(made.weights.every((w, i) => stays[i % depth] || w === 0));
  }
});

Deno.test("columns of samples lie block by block; joined and merged they are the same", () => {
  const one = [Float32Array.of(1, 2), Float32Array.of(5, 6)] as const;
  const two = [Float32Array.of(3, 4), Float32Array.of(7, 8)] as const;
  const layout = { blocks: 2, depth: 1 };
  const wanted = {
    ...{ blocks: 2, depth: 1, count: 2 },
    original: Float32Array.of(1, 3, 2, 4),
    compressed: Float32Array.of(5, 7, 6, 8),
  };
  assert.deepEqual(joinColumns(layout, [one, two]), wanted);
  assert.deepEqual(mergeColumns(joinColumns(layout, [one]), joinColumns(layout, [two])), wanted);
});

Deno.test("bounds of a node: none where nothing is cut off", () => {
  const layer = (params: Record<string, number>) =>
    node("FullyConnected", ["x", "w"], "y", { ...OPEN, ...params });
  assert.equal(boundsOf(layer({})), null);
  assert.deepEqual(boundsOf(layer({ min: 0 })), RELU);
  assert.deepEqual(boundsOf(layer({ max: 6 })), { min: -Infinity, max: 6 });
});
