/** Seeded numbers and the split into calibration and evaluation. */
import assert from "node:assert/strict";
import { defaultCalibration, seededRandom, splitSamples } from "../../converters/data/mod.ts";
import { Random } from "../helpers/random.ts";

Deno.test("seeded numbers are mulberry32's, from 0 to below 1", () => {
  for (const seed of [0, 1, 42, 2 ** 32 - 1, -1, 2 ** 40]) {
    const [random, again, other] = [seededRandom(seed), seededRandom(seed), new Random(seed)];
    for (let i = 0; i < 100; i++) {
      const value = random();
      assert(value >= 0 && value < 1);
      assert.equal(value, again());
      assert.equal(value, other.next());
    }
  }
});

Deno.test("seeded numbers are spread evenly", () => {
  const random = seededRandom(7);
  const counts = Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[Math.floor(random() * 10)]++;
  for (const count of counts) assert(Math.abs(count - 10_000) < 400, String(counts));
});

const CASES = [[1, 0], [1, 1], [2, 1], [10, 3], [200, 50], [5000, 128], [7, 7], [7, 0]];

for (const [count, calibration] of CASES) {
  Deno.test(`${count} samples, ${calibration} of them for calibration`, () => {
    for (const seed of [0, 1, 12345]) {
      const split = splitSamples(count, calibration, seed);
      assert.equal(split.calibration.length, calibration);
      const all = [...split.calibration, ...split.evaluation];
      assert.deepEqual(all.toSorted((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
      for (const list of Object.values(split) as number[][]) {
        assert.deepEqual(list, list.toSorted((a, b) => a - b));
      }
      assert.deepEqual(split, splitSamples(count, calibration, seed));
    }
  });
}

Deno.test("samples to select by come out of those that would be evaluated", () => {
  const [plain, cut] = [splitSamples(40, 10, 3), splitSamples(40, 10, 3, 8)];
  assert.deepEqual(plain.selection, []);
  assert.deepEqual(cut.calibration, plain.calibration);
  assert.equal(cut.selection.length, 8);
  const both = [...cut.selection, ...cut.evaluation].sort((a, b) => a - b);
  assert.deepEqual(both, plain.evaluation);
});

Deno.test("another seed is another split", () => {
  const splits = [0, 1, 2, 3].map((seed) => splitSamples(200, 50, seed).calibration.join());
  assert.equal(new Set(splits).size, 4);
});

Deno.test("all samples calibrate equally often", () => {
  const counts = Array<number>(20).fill(0);
  for (let seed = 0; seed < 4000; seed++) {
    for (const i of splitSamples(20, 5, seed).calibration) counts[i]++;
  }
  for (const count of counts) assert(Math.abs(count - 1000) < 150, String(counts));
});

Deno.test("a quarter calibrates, at least one and at most 128", () => {
  const table = [[1, 1], [2, 1], [3, 1], [8, 2], [200, 50], [512, 128], [1_000_000, 128]];
  for (const [count, wanted] of table) assert.equal(defaultCalibration(count), wanted);
});
