/** Weights of 8 bits, rounded by what comes in: by hand, and what stays as it is. */
import assert from "node:assert/strict";
import { joinColumns } from "../../converters/compress/mod.ts";
import { type FineLayer, roundFinely } from "../../converters/compress/rounding/mod.ts";
import { noise } from "../helpers/small_models.ts";

const NEAR = 1e-3;

/** A layer with steps of 1, of which inputs [samples, blocks, depth] are looked at. */
function layer(
  weights: number[],
  depth: number,
  columns: number[][],
  given: Partial<FineLayer> & { shift?: number } = {},
): FineLayer {
  const channels = weights.length / depth;
  const blocks = columns[0].length / depth;
  const original = columns.map((values) => Float32Array.from(values));
  const layout = { blocks, depth };
  const samples = original.map((x) => [x, x.map((value) => value + (given.shift ?? 0))] as const);
  const steps = new Float64Array(channels).fill(1);
  return {
    rows: Float64Array.from(weights),
    bias: new Float64Array(channels),
    depth,
    limit: 127,
    fit: joinColumns(layout, samples),
    held: joinColumns(layout, samples.slice(0, 50)),
    correctBias: true,
    ...given,
    plain: {
      integers: Int8Array.from(weights, Math.round),
      ...{ steps, quantization: { scale: 1, zeroPoint: 0, axis: 0 } },
    },
  };
}

/** Columns whose elements are all alike. */
const alike = (depth: number) => Array.from(noise(200, 1), (x) => Array(depth).fill(x));
/** Columns whose elements have nothing to do with each other. */
const apart = (depth: number) => Array.from({ length: 200 }, (_, i) => [...noise(depth, 50 + i)]);

Deno.test("by hand: two weights of 0.4 on inputs that are alike become 0 and 1", () => {
  // 0 and 0 leave all of 0.8x, 0 and 1 leave −0.2x: a sixteenth of it in squares.
  const { integers, tried, method } = roundFinely(layer([0.4, 0.4], 2, alike(2)));
  assert.equal(method, "gptq");
  assert.equal(integers[0] + integers[1], 1);
  assert.ok(Math.abs(tried.gptq / tried.plain - 1 / 16) < NEAR);
});

Deno.test("by hand: weights that are whole steps stay, and plain rounding is kept", () => {
  const { integers, method, error } = roundFinely(layer([3, -7, 100], 3, apart(3)));
  assert.deepEqual([[...integers], method], [[3, -7, 100], "plain"]);
  assert.ok(error < NEAR);
});

Deno.test("by hand: the bias takes up what inputs are off by, if it may", () => {
  // Σw = 96, so inputs that are 0.5 too large add 48.
  const wanted = layer([3, -7, 100], 3, apart(3), { shift: 0.5 });
  const { bias, integers } = roundFinely(wanted);
  assert.ok(Math.abs(bias[0] + 48) < NEAR);
  assert.deepEqual([...integers], [3, -7, 100]);
  assert.equal(roundFinely({ ...wanted, correctBias: false }).bias[0], 0);
});

Deno.test("by hand: towards the outputs, weights make up for inputs that came out too small", () => {
  // x̂ = x / 2, so that 2w on x̂ gives what w gives on x.
  const columns = apart(2);
  const made = layer([10, -20], 2, columns);
  const halved = (pairs: FineLayer["fit"]) => ({
    ...pairs,
    compressed: pairs.original.map((x) => x / 2),
  });
  const { integers, method } = roundFinely({
    ...made,
    ...{ fit: halved(made.fit), held: halved(made.held) },
  });
  assert.equal(method, "gptq to float outputs");
  assert.ok(Math.abs(integers[0] - 20) <= 1 && Math.abs(integers[1] + 40) <= 1, `${integers}`);
});

Deno.test("channels with inputs of their own are rounded for these", () => {
  const columns = alike(4).map((x, i) => [...x.slice(0, 2), ...apart(2)[i]]);
  const { integers } = roundFinely(layer([0.4, 0.4, 5, -6], 2, columns));
  assert.equal(integers[0] + integers[1], 1);
  assert.deepEqual([...integers.subarray(2)], [5, -6]);
});

Deno.test("zeros stay, integers keep to their limit, and twice gives the same", () => {
  const depth = 24;
  const weights = Array.from(noise(depth * 6, 3), (w, i) => i % 5 ? 14 * w : 0);
  const columns = apart(depth).map((x) => x.map((value, k) => value + 2 * x[k >> 1]));
  const once = roundFinely(layer(weights, depth, columns, { limit: 14 }));
  assert.ok(once.error < Math.min(once.tried.plain, 1));
  once.integers.forEach((q, i) => assert.ok(i % 5 ? Math.abs(q) <= 14 : q === 0));
  assert.deepEqual(roundFinely(layer(weights, depth, columns, { limit: 14 })), once);
});

Deno.test("layers so deep that it would take long stay as they are but for the bias", () => {
  const depth = 1900;
  const columns = apart(depth).slice(0, 8);
  const made = layer(Array.from(noise(depth, 4), (w) => 9 * w), depth, columns);
  const { integers, tried } = roundFinely(made);
  assert.deepEqual(integers, made.plain.integers);
  assert.deepEqual(Object.keys(tried), ["plain", "plain, bias as it was"]);
});
