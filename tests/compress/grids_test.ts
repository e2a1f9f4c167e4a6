/** Grids: levels, steps, groups, ternary, binary, powers of two, codebooks. */
import assert from "node:assert/strict";
import { bestCodebook } from "../../converters/compress/grids/codebook.ts";
import {
  fitGrid,
  type Grid,
  type GridSettings,
  groupsOf,
  levelsOf,
  nearestIntegers,
  nearestLevel,
  uniformLevels,
} from "../../converters/compress/grids/mod.ts";
import { POWERS_OF_TWO, TERNARY } from "../../converters/compress/grids/levels.ts";
import { residualBinary } from "../../converters/compress/grids/residual_binary.ts";
import { searchStep } from "../../converters/compress/grids/step_search.ts";
import { binaryStep, ternaryStep } from "../../converters/compress/grids/ternary.ts";
import { Random } from "../helpers/random.ts";

const EVEN = (length: number) => new Float64Array(length).fill(1);

/** Numbers that are mostly small. */
function weights(count: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from(
    { length: count },
    () => random.next() + random.next() + random.next() - 1.5,
  );
}

function importances(count: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => 0.1 + random.next());
}

Deno.test("the table gives the level that a search finds, the higher of two equal ones", () => {
  const random = new Random(1);
  for (let round = 0; round < 50; round++) {
    const levels = levelsOf(
      Array.from({ length: random.int(1, 20) }, () => random.int(-128, 127)),
    );
    for (let i = 0; i < 100; i++) {
      const x = random.pick([random.int(-300, 300) / 2, random.next() * 300 - 150]);
      const distances = Array.from(levels.values, (value) => Math.abs(value - x));
      const wanted = levels.values[distances.lastIndexOf(Math.min(...distances))];
      assert.equal(nearestLevel(levels, x), wanted);
    }
  }
});

Deno.test("powers of two by hand", () => {
  const inputs = [0.4, 0.5, 1.4, 3, 2.9, -5.9, -6, 100, -1000];
  const wanted = [0, 1, 1, 4, 2, -4, -4, 64, -64];
  assert.deepEqual(inputs.map((x) => nearestLevel(POWERS_OF_TWO, x)), wanted);
});

Deno.test("the step of {-1, 0, 1} is found by search as well as by sorting", () => {
  for (let seed = 0; seed < 20; seed++) {
    const [row, h] = [weights(40, seed), importances(40, seed + 100)];
    const error = (step: number) =>
      row.reduce((sum, w, i) => sum + h[i] * (w - step * nearestLevel(TERNARY, w / step)) ** 2, 0);
    const exact = error(ternaryStep(row, h));
    for (let step = 0.01; step < 2; step += 0.001) assert.ok(exact <= error(step) + 1e-12);
    assert.ok(searchStep(row, h, TERNARY).error >= exact - 1e-12);
  }
});

Deno.test("ternary by hand: of 3, −2, 0.5 the first two stand out, s = 2.5", () => {
  assert.equal(ternaryStep([3, -2, 0.5], EVEN(3)), 2.5);
  // (3·4 + 2·1)/(4 + 1), as the first counts four times; without the second 3² · 4 = 36 < 14²/5.
  assert.equal(ternaryStep([3, -2, 0.5], [4, 1, 1]), 2.8);
  assert.equal(binaryStep([3, -2, 1], [2, 1, 1]), 9 / 4);
});

Deno.test("a step that clips is taken where that errs less", () => {
  const row = Float64Array.from({ length: 401 }, (_, i) => i === 400 ? 2 : (i % 15 - 7) / 7);
  const { step, error } = searchStep(row, EVEN(401), uniformLevels(-8, 7));
  const unclipped = searchStep(row, EVEN(401), uniformLevels(-8, 7), 2 / 7);
  assert.ok(step < 0.25 && error < unclipped.error);
  assert.ok(unclipped.step >= 2 / 7, "a floor is kept");
});

Deno.test("residual binary by hand: ±3 ± 1 is exact for −4, −2, 2, 4", () => {
  const row = Float64Array.of(4, 2, -2, -4);
  const { step, levels } = residualBinary(row, EVEN(4), 2);
  assert.equal(step, 4 / 127);
  assert.deepEqual([...levels.values], [-127, -64, 64, 127]);
});

Deno.test("residual binary of M bases has at most 2^M levels, and more are better", () => {
  const row = weights(100, 5);
  const errors = [1, 2, 3].map((bases) => {
    const { step, levels } = residualBinary(row, EVEN(100), bases);
    assert.ok(levels.values.length <= 2 ** bases);
    return row.reduce((sum, w) => sum + (w - step * nearestLevel(levels, w / step)) ** 2, 0);
  });
  assert.ok(errors[0] > errors[1] && errors[1] > errors[2]);
});

Deno.test("codebook by hand: 0, 1, 10, 11 in two values", () => {
  const { values } = bestCodebook([0, 1, 10, 12], [3, 1, 1, 1], 2);
  assert.deepEqual([...values], [0, 11]);
});

Deno.test("a codebook is as good as the best of all pairs and triples", () => {
  for (let seed = 0; seed < 5; seed++) {
    const values = weights(12, seed).map((w) => w * 6);
    const h = importances(12, seed + 50);
    const error = (levels: readonly number[]) =>
      values.reduce(
        (sum, x, i) => sum + h[i] * Math.min(...levels.map((level) => (x - level) ** 2)),
        0,
      );
    const range = Array.from({ length: 21 }, (_, i) => i - 10);
    const pairs = range.flatMap((a) => range.filter((b) => b > a).map((b) => [a, b]));
    const triples = pairs.flatMap(([a, b]) => range.filter((c) => c > b).map((c) => [a, b, c]));
    for (const [size, sets] of [[2, pairs], [3, triples]] as const) {
      const wanted = Math.min(...sets.map(error));
      const got = error([...bestCodebook(values, h, size).values]);
      assert.ok(Math.abs(got - wanted) < 1e-9, `${got} ${wanted}`);
    }
  }
});

const DEPTH = 40;
const CHANNELS = 6;
const KINDS: [settings: GridSettings, fits: (values: Int8Array) => boolean][] = [
  [{ kind: "uniform", low: -8, high: 7, group: 0 }, (q) => q.every((v) => v >= -8 && v <= 7)],
  [{ kind: "uniform", low: -8, high: 7, group: 16 }, (q) =>
    [0, 16, 32].every((from) => {
      const group = q.subarray(from, from + 16);
      return Array.from({ length: 15 }, (_, m) => m + 1).some((m) =>
        group.every((v) => v % m === 0 && v / m >= -8 && v / m <= 7)
      );
    })],
  [{ kind: "uniform", low: -2, high: 1, group: 0 }, (q) => q.every((v) => v >= -2 && v <= 1)],
  [{ kind: "ternary" }, (q) => q.every((v) => Math.abs(v) <= 1)],
  [{ kind: "pow2" }, (q) => q.every((v) => v === 0 || Number.isInteger(Math.log2(Math.abs(v))))],
  [{ kind: "binary", bases: 1 }, (q) => q.every((v) => Math.abs(v) === 1)],
  [{ kind: "binary", bases: 3 }, (q) => new Set(q).size <= 8],
  [{ kind: "codebook", size: 6, perChannel: true }, (q) => new Set(q).size <= 6],
  [{ kind: "codebook", size: 6, perChannel: false }, (q) => new Set(q).size <= 6],
];

for (const [settings, fits] of KINDS) {
  Deno.test(`${JSON.stringify(settings)} gives such integers, near the weights`, () => {
    const rows = weights(DEPTH * CHANNELS, 3).map((w, i) => w * 10 ** Math.floor(i / DEPTH - 3));
    const floors = new Float64Array(CHANNELS);
    const grid: Grid = fitGrid(settings, {
      ...{ rows, depth: DEPTH, floors },
      importance: () => EVEN(DEPTH),
    });
    assert.equal(grid.levels.length, CHANNELS * groupsOf(grid, DEPTH));
    const integers = nearestIntegers(grid, rows, DEPTH);
    for (let o = 0; o < CHANNELS; o++) {
      const q = integers.subarray(o * DEPTH, (o + 1) * DEPTH);
      assert.ok(fits(q), `${q}`);
      const row = rows.subarray(o * DEPTH, (o + 1) * DEPTH);
      const energy = row.reduce((sum, w) => sum + w * w, 0);
      const error = row.reduce((sum, w, k) => sum + (w - q[k] * grid.steps[o]) ** 2, 0);
      assert.ok(error < 0.5 * energy, `${error / energy}`);
    }
    if (settings.kind === "codebook" && !settings.perChannel) {
      assert.ok(new Set(integers).size <= settings.size);
    }
  });

  Deno.test(`${JSON.stringify(settings)} keeps floors, zeros and dead channels`, () => {
    const rows = weights(2 * DEPTH, 3);
    rows.fill(0, 0, DEPTH);
    const floors = Float64Array.of(0.5, 5);
    const importance = () => EVEN(DEPTH);
    const grid = fitGrid(settings, { rows, depth: DEPTH, floors, importance });
    assert.ok(grid.steps.every((step, o) => step >= floors[o] && Number.isFinite(step)));
    nearestIntegers(grid, rows, DEPTH);
  });
}
