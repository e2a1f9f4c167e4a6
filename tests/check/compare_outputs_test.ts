/** Accuracy of two models on the same samples, by every metric. */
import assert from "node:assert/strict";
import { compareOutputs, mcNemar, newcombe, wilson } from "../../converters/check/mod.ts";
import type { AccuracyReport } from "../../converters/check/report.ts";
import type { KedgeError } from "../../runtime/format/error.ts";

type Metric = AccuracyReport["metric"];

/** One output a sample. */
const outputs = (rows: readonly number[][]) => rows.map((row) => [Float32Array.from(row)]);

function compare(metric: Metric, labels: number[] | null, original: number[][], bundle = original) {
  return compareOutputs({
    ...{ metric, labels },
    ...{ original: outputs(original), bundle: outputs(bundle) },
  });
}

const accuracyOf = (...args: Parameters<typeof compare>) => compare(...args).accuracy!;

/** Scores of n classes that decide for one. */
const votes = (n: number, ...classes: number[]) =>
  classes.map((c) => Array.from({ length: n }, (_, i) => i === c ? 1 : i / 100));

Deno.test("top1: counts, intervals and test of the four kinds of sample", () => {
  const got = accuracyOf(
    "top1",
    [0, 1, 2, 0, 1],
    votes(3, 0, 1, 2, 0, 2),
    votes(3, 0, 1, 1, 2, 1),
  );
  assert.deepEqual(got, {
    metric: "top1",
    samples: 5,
    original: 4 / 5,
    bundle: 3 / 5,
    originalInterval: wilson(4, 5),
    bundleInterval: wilson(3, 5),
    drop: 1 / 5,
    dropInterval: newcombe(2, 2, 1, 0),
    pValue: mcNemar(2, 1),
    agreement: 2 / 5,
  });
});

Deno.test("top5 comes with top1 where there are more than five classes", () => {
  const labels = [0, 6, 5];
  const original = votes(7, 0, 1, 5);
  const got = accuracyOf("top1", labels, original);
  assert.equal(got.original, 2 / 3);
  // Class 6 has the second highest score.
  assert.deepEqual(got.top5, { original: 1, bundle: 1 });
  assert.equal(accuracyOf("top1", [0], votes(5, 0)).top5, undefined);
});

Deno.test("top5 as the metric", () => {
  const got = accuracyOf("top5", [0, 1, 6], votes(7, 1, 1, 1), votes(7, 1, 0, 1));
  // Below the winner the scores rise with the class number: 0 is the last of seven.
  assert.deepEqual([got.metric, got.original, got.bundle], ["top5", 2 / 3, 1 / 3]);
  assert.deepEqual(got.top5, { original: 2 / 3, bundle: 1 / 3 });
});

Deno.test("one score: a probability of class 1", () => {
  const got = accuracyOf("top1", [1, 0, 1, 0], [[0.9], [0.1], [0.4], [0.5]], [
    ...[[0.6], [0.7], [0.4], [0.5]],
  ]);
  assert.deepEqual([got.original, got.bundle, got.agreement], [0.75, 0.5, 0.75]);
  assert.equal(got.top5, undefined);
});

const SCORES = [0.1, 0.4, 0.35, 0.8];

for (
  const [title, rows] of Object.entries({
    "one score": SCORES.map((p) => [p]),
    "two scores": SCORES.map((p) => [1 - p, p]),
    "two logits": SCORES.map((p) => [0, Math.log(p / (1 - p))]),
  })
) {
  Deno.test(`auc of ${title}`, () => {
    const got = accuracyOf("auc", [0, 0, 1, 1], rows);
    assert.deepEqual([got.original, got.bundle, got.drop, got.pValue], [0.75, 0.75, 0, 1]);
  });
}

Deno.test("mse of one value, with any targets", () => {
  const got = accuracyOf("mse", [1.5, -2], [[1], [-2]], [[2.5], [-3]]);
  assert.deepEqual([got.original, got.bundle, got.drop], [0.125, 1, 0.875]);
});

Deno.test("mse of classes is Brier's score", () => {
  const got = accuracyOf("mse", [0, 1], [[1, 0], [1, 0]]);
  assert.deepEqual([got.original, got.bundle], [0.5, 0.5]);
});

for (const metric of ["top1", "auc", "mse", "agreement"] as const) {
  Deno.test(`without labels ${metric} is agreement`, () => {
    const got = accuracyOf(metric, null, votes(3, 0, 1, 2, 0), votes(3, 0, 1, 2, 1));
    const [low, high] = wilson(3, 4);
    assert.deepEqual([got.metric, got.original, got.bundle, got.drop], [
      ...["agreement", 1, 0.75, 0.25],
    ]);
    assert.deepEqual([got.bundleInterval, got.dropInterval], [[low, high], [1 - high, 1 - low]]);
    assert.equal(got.pValue, mcNemar(1, 0));
  });
}

Deno.test("labels do not matter to agreement", () => {
  assert.equal(accuracyOf("agreement", [99], votes(3, 0)).bundle, 1);
});

Deno.test("nothing to compare is null, with and without labels", () => {
  for (const labels of [null, []]) {
    assert.deepEqual(compare("top1", labels, []), { accuracy: null, outputs: null });
  }
});

Deno.test("models that say nothing at all agree, and are wrong", () => {
  const nothing = [[NaN, NaN], [NaN, NaN]];
  const got = compare("top1", [0, 1], nothing);
  assert.deepEqual([got.accuracy?.original, got.accuracy?.agreement], [0, 1]);
  assert.deepEqual(got.outputs, { sqnrDb: null, maxAbsError: 0, maxRelativeError: 0 });
  assert.equal(compare("agreement", null, nothing).accuracy?.bundle, 1);
});

Deno.test("accuracy is of the first output, errors are of all", () => {
  const original = [[Float32Array.of(1, 0), Float32Array.of(5)]];
  const bundle = [[Float32Array.of(1, 0), Float32Array.of(6)]];
  const got = compareOutputs({ metric: "top1", labels: [0], original, bundle });
  assert.deepEqual([got.accuracy?.drop, got.outputs?.maxAbsError], [0, 1]);
});

const WRONG: [string, Parameters<typeof compare>, string][] = [
  ["a label that the model has no class for", ["top1", [3], votes(3, 0)], "data/labels"],
  ["a negative label", ["top5", [-1], votes(9, 0)], "data/labels"],
  ["class 2 of one score", ["top1", [2], [[0.5]]], "data/labels"],
  ["mse of classes with a label out of range", ["mse", [2], [[0, 1]]], "data/labels"],
  ["auc of three classes", ["auc", [0, 1, 0, 1], votes(3, 0, 1, 0, 1)], "data/metric"],
  ["auc of one class", ["auc", [1, 1, 1, 1], [[1], [2], [3], [4]]], "data/labels"],
  ["auc of no numbers", ["auc", [0, 0, 1, 1], [[NaN], [1], [1], [1]]], "model/not-finite"],
  ["mse of no numbers", ["mse", [0], [[NaN]]], "model/not-finite"],
  ["a bundle of no numbers", ["top1", [0], votes(2, 0), [[NaN, 1]]], "accuracy/not-finite"],
  ["a bundle without outputs", ["top1", [0], votes(2, 0), []], "bug/outputs"],
];

for (const [title, args, code] of WRONG) {
  Deno.test(`${title} is ${code}`, () => {
    assert.throws(() => compare(...args), (error: KedgeError) => {
      assert.equal(error.data.code, code);
      return true;
    });
  });
}
