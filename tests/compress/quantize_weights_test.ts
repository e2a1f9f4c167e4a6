/** Weights as int8, symmetric, one scale a channel. */
import assert from "node:assert/strict";
import { quantizeWeights, roundHalfEven } from "../../converters/compress/quantize_weights.ts";
import { fromFloat16, toFloat16 } from "../../runtime/format/float16.ts";
import { Random } from "../helpers/random.ts";

/** Scales that float32 × float16 can hold are at most this much above the wanted ones. */
const FLOAT16_STEP = 2 ** -10;

const CASES: [number[], number[], number, number, number[], string][] = [
  // 127 is exact; 0.5, 1.5 and 2.5 steps go to the even neighbour, on both sides.
  [[127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5], [1, 7], 0, 127, [127, 0, 2, 2, 0, -2, -2], "ties"],
  [[127, -127, 63], [1, 3], 0, 127, [127, -127, 63], "both ends"],
  [[-127, 1], [1, 2], 0, 127, [-127, 1], "a negative end is −127, never −128"],
  [[63, -63, 1, 31.5], [1, 4], 0, 63, [63, -63, 1, 32], "7 bits"],
  [[0, 0, 0], [1, 3], 0, 127, [0, 0, 0], "nothing but zeros"],
  [[127, 1, 12.7, 0.1], [2, 2], 0, 127, [127, 1, 127, 1], "each row by itself"],
  [[127, 12.7, 1, 0.1], [2, 1, 2], 2, 127, [127, 127, 1, 1], "each column by itself"],
];

for (const [weights, shape, axis, limit, wanted, title] of CASES) {
  Deno.test(`weights: ${title}`, () => {
    const { data } = quantizeWeights(Float32Array.from(weights), shape, axis, limit);
    assert.deepEqual(Array.from(data, (q) => q + 0), wanted);
  });
}

for (const limit of [127, 63]) {
  Deno.test(`weights of any size are off by half a step at most, |q| ≤ ${limit}`, () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random(seed);
      const [channels, depth] = [random.int(1, 6), random.int(1, 40)];
      const sizes = Array.from({ length: channels }, () => 10 ** random.int(-6, 4));
      const weights = Float32Array.from(
        { length: channels * depth },
        (_, i) => (random.next() * 2 - 1) * sizes[Math.floor(i / depth)],
      );
      const { data, scales, quantization } = quantizeWeights(weights, [channels, depth], 0, limit);
      assert.equal(quantization.zeroPoint, 0);
      assert.equal(quantization.axis, 0);
      weights.forEach((w, i) => {
        const scale = scales[Math.floor(i / depth)];
        assert(Math.abs(data[i]) <= limit);
        assert(Math.abs(w - data[i] * scale) <= scale / 2 * (1 + 1e-6), `seed ${seed}, ${i}`);
      });
    }
  });
}

Deno.test("scales are what the file can hold, and no more than a float16 step above max|w| / limit", () => {
  const weights = Float32Array.of(3, 1, 0.3, -0.777, 0.011, 0.02);
  const { scales, quantization } = quantizeWeights(weights, [3, 2], 0, 127);
  const { scale, channelScales } = quantization;
  assert.equal(scale, Math.fround(scale));
  [3, 0.777, 0.02].forEach((largest, c) => {
    assert.equal(scales[c], Math.fround(scale * fromFloat16(channelScales![c])));
    const ratio = scales[c] / (largest / 127);
    assert(ratio >= 1 - 1e-6 && ratio <= 1 + FLOAT16_STEP + 1e-6, `channel ${c}: ${ratio}`);
  });
});

Deno.test("a channel's floor widens its step and leaves the others alone", () => {
  const weights = Float32Array.of(1, 0.6, 1, 0.6);
  const { data, scales } = quantizeWeights(weights, [2, 2], 0, 127, [0, 0.25]);
  assert.deepEqual([...data], [127, 76, 4, 2]);
  assert(Math.abs(scales[1] - 0.25) <= 0.25 * FLOAT16_STEP);
});

Deno.test("roundHalfEven", () => {
  const table = [[0.5, 0], [1.5, 2], [2.5, 2], [-0.5, 0], [-1.5, -2], [-2.5, -2], [0.49, 0]];
  for (const [x, wanted] of table) assert.equal(roundHalfEven(x) + 0, wanted, String(x));
  assert.equal(roundHalfEven(Infinity), Infinity);
  assert.equal(roundHalfEven(-Infinity), -Infinity);
  assert.equal(roundHalfEven(2 ** 40 + 0.5), 2 ** 40);
});

Deno.test("float16 holds its own values, and its edges are where IEEE 754 puts them", () => {
  for (let bits = 0; bits < 0x7c00; bits++) assert.equal(toFloat16(fromFloat16(bits)), bits);
  const edges: [number, number][] = [
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [-0, 0x8000],
    [NaN, 0x7e00],
  ];
  for (const [value, bits] of edges) assert.equal(toFloat16(value), bits, String(value));
});
