/** Areas under ROC curves and DeLong's variances. */
import assert from "node:assert/strict";
import { compareAuc } from "../../converters/check/auc.ts";
import type { KedgeError } from "../../runtime/format/error.ts";
import { Random } from "../helpers/random.ts";

const near = (got: number, wanted: number, within = 1e-9) =>
  assert(Math.abs(got - wanted) <= within, `${got}, wanted ${wanted}`);

Deno.test("by hand: positives 4, 3, 1 and negatives 2, 1", () => {
  const labels = [1, 1, 1, 0, 0];
  const got = compareAuc([4, 3, 1, 2, 1], [4, 3, 3, 2, 1], labels);
  // Pairs won: 2, 2, ½ of 6. Placements 1, 1, ¼ and ⅔, ⅚: variances 3/16 and 1/72.
  near(got.original, 0.75);
  near(got.bundle, 1);
  near(got.drop, -0.25);
  const error = Math.sqrt(3 / 16 / 3 + 1 / 72 / 2);
  near(got.originalInterval[0], 0.75 - 1.959963984540054 * error);
  assert.equal(got.originalInterval[1], 1);
  assert.deepEqual(got.bundleInterval, [1, 1]);
  near(got.dropInterval[0], -0.25 - 1.959963984540054 * error);
  near(got.dropInterval[1], -0.25 + 1.959963984540054 * error);
  near(got.pValue, 0.342782, 1e-6);
});

/** DeLong's estimate straight from its definition: ψ is 1, ½ or 0 for each pair. */
function delong(models: readonly (readonly number[])[], labels: readonly number[]) {
  const of = (label: number) => labels.flatMap((given, i) => given === label ? [i] : []);
  const [positives, negatives] = [of(1), of(0)];
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const psi = (x: number, y: number) => (Math.sign(x - y) + 1) / 2;
  const v10 = models.map((s) => positives.map((i) => mean(negatives.map((j) => psi(s[i], s[j])))));
  const v01 = models.map((s) => negatives.map((j) => mean(positives.map((i) => psi(s[i], s[j])))));
  const covariance = (a: number[], b: number[]) =>
    a.reduce((sum, x, i) => sum + (x - mean(a)) * (b[i] - mean(b)), 0) / (a.length - 1);
  const s = (a: number, b: number) =>
    covariance(v10[a], v10[b]) / positives.length + covariance(v01[a], v01[b]) / negatives.length;
  return { aucs: v10.map(mean), variance: s(0, 0) + s(1, 1) - 2 * s(0, 1), own: s(0, 0) };
}

Deno.test("ranks give what the definition gives, ties included", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed);
    const labels = [
      0,
      0,
      1,
      1,
      ...Array.from({ length: random.int(0, 30) }, () => random.int(0, 1)),
    ];
    const scores = () => labels.map((label) => random.int(0, random.pick([3, 1000])) + label);
    const [original, bundle] = [scores(), scores()];
    const { aucs, variance, own } = delong([original, bundle], labels);
    const got = compareAuc(original, bundle, labels);
    near(got.original, aucs[0]);
    near(got.bundle, aucs[1]);
    near(
      got.dropInterval[1],
      Math.min(1, got.drop + 1.959963984540054 * Math.sqrt(variance)),
      1e-7,
    );
    near(
      got.originalInterval[0],
      Math.max(0, aucs[0] - 1.959963984540054 * Math.sqrt(Math.max(own, 0))),
      1e-7,
    );
  }
});

Deno.test("equal scores: half, and no difference", () => {
  const got = compareAuc([1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 0, 1]);
  assert.deepEqual([got.original, got.drop, got.pValue], [0.5, 0, 1]);
});

Deno.test("infinite scores have their rank", () => {
  const got = compareAuc([Infinity, 5, -Infinity, 0], [1, 1, 0, 0], [1, 1, 0, 0]);
  assert.deepEqual([got.original, got.bundle], [1, 1]);
});

for (const labels of [[1, 1, 1, 1], [0, 0, 0, 1], [1, 1, 1, 0], []]) {
  Deno.test(`labels ${labels.join(" ") || "none"} are too few of one class`, () => {
    assert.throws(
      () => compareAuc([1, 2, 3, 4], [1, 2, 3, 4], labels),
      (error: KedgeError) => error.data.code === "data/labels",
    );
  });
}
