/** 8-bit functions as tables of 256 entries. */
import assert from "node:assert/strict";
import { tableOf } from "../../converters/compress/table.ts";
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import { float32, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, node } from "../helpers/small_models.ts";

type Kind = (typeof UNARY_KINDS)[number];

/** alpha and beta of the kinds that have them. */
const PARAMETERS: Partial<Record<Kind, [number, number]>> = {
  clip: [-1, 1.5],
  leakyRelu: [0.125, 0],
  elu: [1.5, 0],
  hardSigmoid: [0.25, 0.5],
};

const FROM = { scale: Math.fround(0.05), zeroPoint: -28 };
const TO = { scale: Math.fround(0.04), zeroPoint: -20 };

/** What the float operator gives for every int8 input. */
async function floatValues(kind: Kind, alpha: number, beta: number): Promise<Float32Array> {
  const params = { kind: UNARY_KINDS.indexOf(kind), alpha, beta };
  const graph = graphOf(
    [node("Unary", ["x"], "y", params)],
    [float32("x", [256]), float32("y", [256])],
    ["y"],
  );
  const x = Float32Array.from(
    { length: 256 },
    (_, i) => (i - 128 - FROM.zeroPoint) * FROM.scale,
  );
  return (await runGraph(graph, { x })).y as Float32Array;
}

for (const kind of UNARY_KINDS) {
  Deno.test(`table of ${kind} is its float operator, rounded to nearest`, async () => {
    const [alpha, beta] = PARAMETERS[kind] ?? [0, 0];
    const table = tableOf(kind, alpha, beta, FROM, TO);
    const wanted = await floatValues(kind, alpha, beta);
    assert.equal(table.length, 256);
    wanted.forEach((value, i) => {
      const exact = (Number.isNaN(value) ? 0 : value) / TO.scale + TO.zeroPoint;
      const bounded = Math.min(127, Math.max(-128, exact));
      // Half a step, and what the float operator itself is off by.
      assert(Math.abs(table[i] - bounded) <= 0.5 + 1e-4, `${i}: ${table[i]} for ${bounded}`);
    });
  });
}

const SAME = { scale: 1, zeroPoint: 0 };

Deno.test("entries by hand", () => {
  const at = (table: Int8Array, q: number) => table[q + 128];
  const relu = tableOf("relu", 0, 0, SAME, SAME);
  assert.deepEqual([-128, -1, 0, 1, 127].map((q) => at(relu, q)), [0, 0, 0, 1, 127]);
  const neg = tableOf("neg", 0, 0, SAME, SAME);
  assert.deepEqual([-128, -127, 0, 127].map((q) => at(neg, q)), [127, 127, 0, -127]);
  const half = tableOf("abs", 0, 0, { scale: 0.5, zeroPoint: 0 }, SAME);
  assert.deepEqual([1, 3, 5, -1, -3].map((q) => at(half, q)), [0, 2, 2, 0, 2], "ties to even");
  const sigmoid = tableOf("sigmoid", 0, 0, SAME, { scale: 1 / 256, zeroPoint: -128 });
  assert.deepEqual([-128, 0, 127].map((q) => at(sigmoid, q)), [-128, 0, 127]);
});

const EDGES: [Kind, number, number][] = [
  ["log", 0, -128],
  ["log", -5, 0],
  ["sqrt", -1, 0],
  ["reciprocal", 0, 127],
  ["exp", 100, 127],
  ["softplus", 127, 127],
  ["tanh", -128, -1],
];

for (const [kind, q, wanted] of EDGES) {
  Deno.test(`table of ${kind} at ${q} is ${wanted}`, () => {
    assert.equal(tableOf(kind, 0, 0, SAME, SAME)[q + 128], wanted);
  });
}
