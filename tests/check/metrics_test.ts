/** What scores decide, and squared errors. */
import assert from "node:assert/strict";
import { decide, inTop } from "../../converters/check/metrics.ts";
import { compareErrors, squaredError } from "../../converters/check/squared_error.ts";

const DECISIONS: [number[], number][] = [
  [[1, 3, 2], 1],
  [[3, 3, 2], 0],
  [[2, 3, 3], 1],
  [[-3, -1, -2], 1],
  [[NaN, 1, 2], 2],
  [[2, NaN, 1], 0],
  [[NaN, NaN, -5], 2],
  [[NaN, NaN], -1],
  [[-Infinity, -Infinity], 0],
  [[0, Infinity, Infinity], 1],
  [[-0, 0], 0],
  [[], -1],
  // One score is a probability of class 1.
  [[0.5], 0],
  [[0.5000001], 1],
  [[-3], 0],
  [[NaN], -1],
];

for (const [scores, wanted] of DECISIONS) {
  Deno.test(`scores ${scores.join(" ") || "none"} decide for ${wanted}`, () => {
    assert.equal(decide(scores), wanted);
    scores.forEach((_, label) => {
      if (scores.length > 1) assert.equal(inTop(scores, label, 1), label === wanted);
    });
  });
}

const TOPS: [number[], number, number, boolean][] = [
  [[5, 4, 3, 2, 1], 2, 3, true],
  [[5, 4, 3, 2, 1], 3, 3, false],
  [[1, 1, 1, 1], 1, 2, true],
  [[1, 1, 1, 1], 2, 2, false],
  [[1, NaN, 2], 1, 3, false],
  [[NaN, NaN, 2], 2, 1, true],
  [[NaN, 1, 2], 1, 2, true],
  [[1, 2], 0, 5, true],
  [[0.9], 1, 1, true],
  [[0.9], 0, 1, false],
  [[0.9], 0, 5, true],
  [[NaN], 0, 1, false],
];

for (const [scores, label, k, wanted] of TOPS) {
  Deno.test(`class ${label} is ${wanted ? "" : "not "}in the top ${k} of ${scores.join(" ")}`, () => {
    assert.equal(inTop(scores, label, k), wanted);
  });
}

Deno.test("squared error: of a value, and Brier's of classes", () => {
  assert.equal(squaredError([3], 1), 4);
  assert.equal(squaredError([-1], -1), 0);
  assert(Math.abs(squaredError([0.8, 0.2], 0) - 0.04) < 1e-12);
  assert(Math.abs(squaredError([0.2, 0.5, 0.3], 1) - (0.04 + 0.25 + 0.09) / 3) < 1e-12);
});

Deno.test("means of errors: by hand", () => {
  const got = compareErrors([1, 2, 3], [2, 2, 5]);
  assert.deepEqual([got.original, got.bundle, got.drop], [2, 3, 1]);
  // Differences 1, 0, 2: variance 1, standard error 1/√3.
  const reach = 1.959963984540054 / Math.sqrt(3);
  assert(Math.abs(got.dropInterval[0] - (1 - reach)) < 1e-12);
  assert(Math.abs(got.dropInterval[1] - (1 + reach)) < 1e-12);
  assert(Math.abs(got.originalInterval[0] - (2 - reach)) < 1e-12);
  // z = √3.
  assert(Math.abs(got.pValue - 0.0832645) < 1e-6);
});

const SPREADLESS: [number[], number[], number][] = [
  [[2], [5], 1],
  [[2, 2], [2, 2], 1],
  [[2, 2], [3, 3], 0],
];

for (const [original, bundle, pValue] of SPREADLESS) {
  Deno.test(`errors ${original} and ${bundle} without spread have the p-value ${pValue}`, () => {
    const got = compareErrors(original, bundle);
    assert.equal(got.pValue, pValue);
    assert.deepEqual(got.dropInterval, [got.drop, got.drop]);
    assert.deepEqual(got.originalInterval, [2, 2]);
  });
}

Deno.test("an interval of mean errors does not go below 0", () => {
  assert.equal(compareErrors([0, 0, 9], [0, 0, 9]).originalInterval[0], 0);
});
