/** Scale and zero point of activations. */
import assert from "node:assert/strict";
import { activationScales, quantizationOf } from "../../converters/compress/activation_scales.ts";
import type { Range } from "../../converters/data/mod.ts";
import type { KedgeError } from "../../runtime/format/error.ts";
import { float32 } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { graphOf, node } from "../helpers/small_models.ts";

const f = Math.fround;

const CASES: [string, Range, number, number][] = [
  ["0…1 uses all 255 steps", { min: 0, max: 1 }, f(1 / 255), -128],
  ["−1…0", { min: -1, max: 0 }, f(1 / 255), 127],
  ["−1…1: the float32 scale is above 2/255", { min: -1, max: 1 }, f(2 / 255), -1],
  ["−255…255: −0.5 goes to even", { min: -255, max: 255 }, 2, 0],
  ["above zero is widened to zero", { min: 2, max: 4 }, f(4 / 255), -128],
  ["below zero is widened to zero", { min: -4, max: -2 }, f(4 / 255), 127],
  ["a positive constant", { min: 3, max: 3 }, f(3 / 255), -128],
  ["a negative constant", { min: -3, max: -3 }, f(3 / 255), 127],
  ["nothing but zeros", { min: 0, max: 0 }, 1, -128],
  ["nearly nothing: a step whose reciprocal float32 holds", { min: 0, max: 1e-44 }, 1, -128],
  ["−1…3", { min: -1, max: 3 }, f(4 / 255), -64],
];

for (const [title, range, scale, zeroPoint] of CASES) {
  Deno.test(`activations: ${title}`, () => {
    assert.deepEqual(quantizationOf(range), { scale, zeroPoint });
  });
}

Deno.test("zero is exact, both ends are within half a step, for any range", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = new Random(seed);
    const size = 10 ** random.int(-20, 20);
    const [a, b] = [f((random.next() * 2 - 1) * size), f((random.next() * 2 - 1) * size)];
    const [min, max] = [Math.min(a, b, 0), Math.max(a, b, 0)];
    const { scale, zeroPoint } = quantizationOf({ min, max });
    assert(Number.isInteger(zeroPoint) && zeroPoint >= -128 && zeroPoint <= 127);
    assert(scale > 0 && scale === f(scale) && Number.isFinite(f(1 / scale)));
    for (const end of [min, max]) {
      const q = Math.min(127, Math.max(-128, Math.round(end / scale) + zeroPoint));
      // Rounding the scale to float32 may take a bit more.
      assert(Math.abs((q - zeroPoint) * scale - end) <= scale * 0.5001, `seed ${seed}`);
    }
  }
});

/** x → max pool → a; a and the constant c joined → y; y padded → z. */
function moving() {
  return graphOf(
    [
      node("MaxPool2D", ["x"], "a"),
      node("Concat", ["a", "c"], "y"),
      node("Pad", ["y"], "z"),
      node("Add", ["z", "k"], "s"),
    ],
    [
      ...["x", "a", "y", "z", "s"].map((name) => float32(name, [1, 1, 1, 2])),
      float32("c", [1, 1, 1, 1], [-9]),
      float32("k", [2], [5, 6]),
    ],
    ["s"],
  );
}

Deno.test("tensors that are only moved share the union of their ranges, constants included", () => {
  const graph = moving();
  const names = graph.nodes.map(({ name }) => name);
  const ranges = new Map(["x", "a", "y", "z", "s"].map((name, i) => [name, { min: -i, max: i }]));
  const scaleOf = activationScales(graph, ranges, new Set(names));
  const shared = quantizationOf({ min: -9, max: 3 });
  for (const name of ["x", "a", "c", "y", "z"]) assert.deepEqual(scaleOf(name), shared, name);
  assert.deepEqual(scaleOf("s"), quantizationOf({ min: -4, max: 4 }));
  assert.deepEqual(scaleOf("k"), quantizationOf({ min: 0, max: 6 }));
});

Deno.test("nodes that stay float join nothing", () => {
  const ranges = new Map(["x", "a"].map((name, i) => [name, { min: 0, max: i + 1 }]));
  const scaleOf = activationScales(moving(), ranges, new Set());
  assert.deepEqual(scaleOf("x"), quantizationOf({ min: 0, max: 1 }));
  assert.deepEqual(scaleOf("a"), quantizationOf({ min: 0, max: 2 }));
});

const WRONG: [string, Range | undefined, string][] = [
  ["never seen", undefined, "never seen"],
  ["infinite", { min: 0, max: Infinity }, "0…Infinity"],
  ["not a number", { min: NaN, max: 1 }, "NaN…1"],
];

for (const [title, range, got] of WRONG) {
  Deno.test(`a range that is ${title} is refused by the tensor's name`, () => {
    const scaleOf = activationScales(moving(), new Map(range && [["s", range]]), new Set());
    assert.throws(() => scaleOf("s"), (error: KedgeError) => {
      const { code, where, got: found } = error.data;
      assert.deepEqual([code, where, found], ["data/range", { tensor: "s" }, got]);
      return true;
    });
  });
}
