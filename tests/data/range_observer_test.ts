/** Ranges of activations against brute force. */
import assert from "node:assert/strict";
import { RangeObserver, type RangeSettings } from "../../converters/data/mod.ts";
import { Random } from "../helpers/random.ts";

/** Bins are at most this share of the largest magnitude on their side of zero. */
const BIN = 1 / 1024;

const SPREADS: Record<string, (random: Random) => number> = {
  "even": (random) => random.next() * 2 - 1,
  "bell-shaped": (random) => random.next() + random.next() + random.next() - 1.5,
  "after a ReLU": (random) => Math.max(0, random.next() * 2 - 1),
  "negative": (random) => -random.next() * 7,
  "over many sizes": (random) => (random.next() - 0.5) * 10 ** random.int(-12, 3),
  "growing": (random) => random.next() * 2 ** random.int(0, 30),
  "tiny": (random) => (random.next() - 0.3) * 1e-40,
  "whole": (random) => random.int(-3, 3),
};

/** Finds all ranges by one method. */
function observerOf(calibrate: RangeSettings["calibrate"], percentile = 99.99): RangeObserver {
  return new RangeObserver(() => ({ calibrate, percentile }));
}

/** Samples of one tensor; zeros first, so that bins start at their narrowest. */
function draw(spread: (random: Random) => number, seed: number): Float32Array[] {
  const random = new Random(seed);
  return Array.from(
    { length: 5 },
    (_, i) => Float32Array.from({ length: 400 }, () => i ? spread(random) : 0),
  );
}

/** The magnitude that `beyond` of the values on one side reach over, by sorting. */
function quantile(values: readonly number[], side: 1 | -1, beyond: number): number {
  const sorted = values.map((value) => value * side).filter((value) => value > 0)
    .sort((a, b) => b - a);
  return sorted[Math.floor(beyond)] ?? 0;
}

for (const [title, spread] of Object.entries(SPREADS)) {
  Deno.test(`minmax of values that are ${title} is exact`, () => {
    const samples = draw(spread, 1);
    const observer = observerOf("minmax");
    for (const values of samples) observer.observe("x", values);
    const all = samples.flatMap((values) => [...values]);
    assert.deepEqual([...observer.ranges()], [
      ...[["x", { min: Math.min(0, ...all) + 0, max: Math.max(0, ...all) }]],
    ]);
  });

  Deno.test(`percentiles of values that are ${title} are within a bin`, () => {
    const samples = draw(spread, 2);
    const all = samples.flatMap((values) => [...values]);
    const top = [-1, 1].map((side) => Math.max(0, ...all.map((value) => value * side)));
    for (const percent of [50, 90, 99, 99.9, 99.99, 100]) {
      const observer = observerOf("percentile", percent);
      for (const values of samples) observer.observe("x", values);
      const { min, max } = observer.ranges().get("x")!;
      const beyond = all.length * (100 - percent) / 200;
      for (const [got, side, most] of [[-min, -1, top[0]], [max, 1, top[1]]] as const) {
        const wanted = quantile(all, side, beyond);
        const excess = got - wanted;
        const message = `${percent} %: ${got} for ${wanted} of ${most}`;
        assert(excess >= 0 && excess <= most * BIN, message);
      }
    }
  });
}

const METHODS = ["minmax", "ema", "percentile", "mse", "octav", "entropy"] as const;

for (const calibrate of METHODS) {
  for (const [wrong, end] of [[NaN, "max"], [Infinity, "max"], [-Infinity, "min"]] as const) {
    Deno.test(`${calibrate}: ${wrong} shows in the range, wherever it stands`, () => {
      for (const values of [[wrong, 1, -1], [1, wrong, -1], [-1, 1, wrong]]) {
        const observer = observerOf(calibrate);
        observer.observe("x", Float32Array.from(values));
        observer.observe("x", Float32Array.of(2, -2));
        const range = observer.ranges().get("x")!;
        assert.equal(Number.isFinite(range[end]), false);
        assert.equal(Number.isFinite(range.max - range.min), false);
      }
    });
  }
}

for (const [title, spread] of Object.entries(SPREADS)) {
  for (const calibrate of METHODS) {
    Deno.test(`${calibrate} of values that are ${title} lies in their range, and both are repeatable`, () => {
      const samples = draw(spread, 3);
      const all = samples.flatMap((values) => [...values]);
      const ranges = [1, 2].map(() => {
        const observer = observerOf(calibrate);
        for (const values of samples) observer.observe("x", values);
        return observer.ranges().get("x")!;
      });
      assert.deepEqual(ranges[0], ranges[1]);
      const { min, max } = ranges[0];
      assert(min <= 0 && max >= 0 && max - min > 0, `${min}…${max}`);
      assert(min >= Math.min(0, ...all) && max <= Math.max(0, ...all), `${min}…${max}`);
    });
  }
}

Deno.test("each tensor has a method of its own", () => {
  const observer = new RangeObserver((tensor) => ({
    calibrate: tensor === "a" ? "minmax" : "percentile",
    percentile: 60,
  }));
  for (const name of ["a", "b"]) {
    observer.observe(name, Float32Array.from({ length: 100 }, (_, i) => i));
  }
  const ranges = observer.ranges();
  assert.equal(ranges.get("a")!.max, 99);
  assert(Math.abs(ranges.get("b")!.max - 80) < 1);
});

Deno.test("the largest float32 values, after the smallest", () => {
  const observer = observerOf("percentile", 100);
  observer.observe("x", Float32Array.of(1e-45, 3.4e38, -3.4e38));
  const { min, max } = observer.ranges().get("x")!;
  assert.deepEqual([min, max], [-Math.fround(3.4e38), Math.fround(3.4e38)]);
});

Deno.test("tensors are kept apart, and nothing seen is nothing", () => {
  const observer = observerOf("minmax");
  assert.equal(observer.ranges().size, 0);
  observer.observe("a", Float32Array.of(1));
  observer.observe("b", Float32Array.of(-2));
  observer.observe("c", new Float32Array(0));
  assert.deepEqual(Object.fromEntries(observer.ranges()), {
    ...{ a: { min: 0, max: 1 }, b: { min: -2, max: 0 }, c: { min: 0, max: 0 } },
  });
});
