/** Rate-distortion-aware rounding: by hand, and fewer bits for the error that they are worth. */
import assert from "node:assert/strict";
import { codedBytes, valueBits } from "../../converters/coding/mod.ts";
import { evenGrid, levelsOf, uniformLevels } from "../../converters/compress/grids/mod.ts";
import { coupledTarget } from "../../converters/compress/rounding/coupled.ts";
import {
  biasUnit,
  diagonalRateDistortion,
  fractionOf,
  rateDistortion,
  widening,
} from "../../converters/compress/rounding/rate_distortion.ts";
import { RowGrid } from "../../converters/compress/rounding/row_grid.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import { trained } from "../helpers/weights.ts";

Deno.test("steps widen to where the slope of error against bits is λ", () => {
  assert.equal(widening(0), 1);
  assert.equal(widening(0.1), 1);
  assert.equal(widening(Infinity), 128);
  // ln 2·Δ²/6 = λ at Δ = 2, and at Δ = 8.
  assert.ok(Math.abs(widening(4 * Math.LN2 / 6) - 2) < 1e-12);
  assert.ok(Math.abs(widening(64 * Math.LN2 / 6) - 8) < 1e-12);
});

Deno.test("steps and biases are kept as finely as their bits are worth", () => {
  // Σ q² = 64·4 in a channel: 4^b = 256·1.386/(12·0.1155) = 256.
  const integers = new Int8Array(640).fill(2);
  const lambda = Math.log(4) / 12;
  assert.equal(fractionOf(integers, 64, lambda), 4);
  assert.equal(fractionOf(integers, 64, lambda / 64), 7);
  assert.equal(fractionOf(integers, 64, 0), 10);
  assert.equal(biasUnit(0), 1);
  // u² = 12·λ·1600/1.386 = 1600 at the λ that steps widen from, so u is 32, and more no wider.
  assert.equal(biasUnit(lambda), 32);
  assert.equal(biasUnit(30), 32);
  assert.equal(biasUnit(lambda / 16), 8);
});

Deno.test("by hand: what costs many bits goes to what costs few, if it lies near", () => {
  // Of eight weights six are 0: a 0 takes log2(9 / 6.5) = 0.47 bits, a 1 log2(9 / 1.5) = 2.58.
  const rows = Float64Array.of(0, 0.1, 0, -0.1, 0, 0, 0.7, 1);
  const integers = Int8Array.of(0, 0, 0, 0, 0, 0, 1, 1);
  const bits = valueBits(integers);
  assert.ok(Math.abs(bits[128] - Math.log2(9 / 6.5)) < 1e-12);
  assert.ok(Math.abs(bits[129] - Math.log2(9 / 2.5)) < 1e-12);
  const grid = new RowGrid(evenGrid(Float64Array.of(1), 8, levelsOf([-1, 0, 1])), 0, rows);
  // 0.7 → 1 errs by 0.09, → 0 by 0.49; the bits between are 1.38.
  const gap = bits[129] - bits[128];
  const cases: [number, number][] = [[0.2 / gap, 1], [0.41 / gap, 0]];
  for (const [lambda, wanted] of cases) {
    const q = integers.slice();
    diagonalRateDistortion([new Float64Array(8).fill(1)], rows, [grid], q, [lambda]);
    assert.deepEqual([...q], [0, 0, 0, 0, 0, 0, wanted, 1]);
  }
});

/** Weights of 32 channels, H of inputs that hang together, and the nearest integers. */
function problem() {
  const [channels, depth] = [32, 27];
  const rows = Float64Array.from(trained([channels, 3, 3, 3], 2.5));
  const gram = Float64Array.from(
    { length: depth * depth },
    (_, i) => 0.6 ** Math.abs(Math.floor(i / depth) - i % depth),
  );
  const grid = evenGrid(new Float64Array(channels).fill(1), depth, uniformLevels(-8, 7));
  const grids = Array.from(
    { length: channels },
    (_, o) => new RowGrid(grid, o, rows.subarray(o * depth, (o + 1) * depth)),
  );
  const nearest = Int8Array.from(
    rows,
    (value, i) => grids[Math.floor(i / depth)].nearest(0, value),
  );
  return { channels, depth, rows, gram, grids, nearest };
}

/** (w − q)·H·(w − q)ᵀ over all rows. */
function errorOf({ channels, depth, rows, gram }: ReturnType<typeof problem>, q: Int8Array) {
  let sum = 0;
  for (let o = 0; o < channels; o++) {
    for (let i = 0; i < depth; i++) {
      for (let j = 0; j < depth; j++) {
        const [a, b] = [o * depth + i, o * depth + j];
        sum += (rows[a] - q[a]) * gram[i * depth + j] * (rows[b] - q[b]);
      }
    }
  }
  return sum;
}

Deno.test("error and bits together fall, and so do coded bytes, with λ", () => {
  const given = problem();
  const { depth, rows, gram, grids, nearest } = given;
  const shape = [32, 3, 3, 3];
  const bytes = [1e-6, 0.3, 1].map((lambda) => {
    const q = nearest.slice();
    rateDistortion(gram, depth, rows, grids, q, grids.map(() => lambda));
    const cost = (values: Int8Array) => {
      const bits = valueBits(values);
      return errorOf(given, values) + lambda * values.reduce((sum, v) => sum + bits[v + 128], 0);
    };
    assert.ok(cost(q) < cost(nearest), `λ ${lambda}`);
    return codedBytes(q, shape);
  });
  assert.ok(bytes[1] < bytes[0] && bytes[2] < bytes[1]);
});

Deno.test("by hand: a row makes up for what the others err", () => {
  const [target, integers, steps] = [
    Float64Array.of(1, 2, 10, 20, 100, 200),
    Int8Array.of(0, 0, 4, 11, 100, 101),
    [1, 2, 1],
  ];
  // Rows err by (1, 2), (2, −2) and (0, 99).
  const shares = Float64Array.of(1, 0.5, 0.1, 0, 1, 0, 0, 0, 1);
  const cases: [number, number[]][] = [[0, [2, 10.9]], [1, [10, 20]], [2, [100, 200]]];
  for (const [row, wanted] of cases) {
    const got = coupledTarget(shares, target, integers, steps, row);
    got.forEach((value, j) => assert.ok(Math.abs(value - wanted[j]) < 1e-9, `${row}: ${value}`));
  }
});

Deno.test("rows whose errors go together err less together, for as many bits", () => {
  const given = problem();
  const { channels, depth, rows, gram, grids, nearest } = given;
  // All that counts is the sum of every four rows, and each by itself a little.
  const four = (row: number) => Math.floor(row / 4);
  const shares = Float64Array.from({ length: channels ** 2 }, (_, i) => {
    const [a, b] = [Math.floor(i / channels), i % channels];
    return a === b ? 1 : four(a) === four(b) ? 0.8 : 0;
  });
  const prices = grids.map(() => 0.1);
  const [apart, together] = [null, shares].map((given) => {
    const q = nearest.slice();
    rateDistortion(gram, depth, rows, grids, q, prices, given);
    const errors = Float64Array.from(rows, (w, i) => w - q[i]);
    let sum = 0;
    for (let a = 0; a < channels; a++) {
      for (let b = 0; b < channels; b++) {
        for (let i = 0; i < depth; i++) {
          for (let j = 0; j < depth; j++) {
            const worth = shares[a * channels + b] * gram[i * depth + j];
            sum += worth * errors[a * depth + i] * errors[b * depth + j];
          }
        }
      }
    }
    return { error: sum, bytes: codedBytes(q, [channels, 3, 3, 3]) };
  });
  assert.ok(together.error < 0.8 * apart.error, `${together.error}, apart ${apart.error}`);
  assert.ok(together.bytes <= 1.05 * apart.bytes, `${together.bytes}, apart ${apart.bytes}`);
});

Deno.test("a recipe takes λ of 0 and more, for single layers too", () => {
  const recipe = completeRecipe({ rateDistortion: 1, layers: [{ match: "*", rateDistortion: 0 }] });
  assert.equal(recipe.rateDistortion, 1);
  for (const wrong of [-1, NaN, 1e9]) {
    assert.throws(() => completeRecipe({ rateDistortion: wrong }), KedgeError);
  }
});
