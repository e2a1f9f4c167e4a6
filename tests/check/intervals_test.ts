/** Intervals and tests of proportions, against published examples and their definitions. */
import assert from "node:assert/strict";
import { mcNemar, newcombe, percentile, wilson } from "../../converters/check/mod.ts";
import { normalInterval, normalPValue } from "../../converters/check/normal.ts";

/** Equal as printed, to so many digits. */
function printed(got: readonly number[], wanted: readonly number[], digits = 4): void {
  assert.deepEqual(got.map((x) => x.toFixed(digits)), wanted.map((x) => x.toFixed(digits)));
}

/** Newcombe 1998, Statistics in Medicine 17:857, table I, method 3. */
const WILSON: [number, number, [number, number]][] = [
  [81, 263, [0.2553, 0.3662]],
  [15, 148, [0.0624, 0.1605]],
  [0, 20, [0, 0.1611]],
  [1, 29, [0.0061, 0.1718]],
];

for (const [hits, n, wanted] of WILSON) {
  Deno.test(`Wilson's interval of ${hits} of ${n}`, () => {
    printed(wilson(hits, n), wanted);
    const [low, high] = wilson(n - hits, n);
    printed([1 - high, 1 - low], wanted);
  });
}

Deno.test("Wilson's interval at its ends", () => {
  assert.deepEqual(wilson(0, 0), [0, 1]);
  assert.equal(wilson(0, 7)[0], 0);
  assert.equal(wilson(7, 7)[1], 1);
  for (let n = 1; n < 60; n++) {
    for (let hits = 0; hits <= n; hits++) {
      const [low, high] = wilson(hits, n);
      assert(low >= 0 && low <= hits / n && hits / n <= high && high <= 1 && low < high);
    }
  }
});

/** both, first, second, neither; interval. */
const PAIRED: [[number, number, number, number], [number, number], string][] = [
  [[36, 12, 2, 0], [0.0569, 0.3404], "Newcombe 1998, Statistics in Medicine 17:2635, table III"],
  [[14, 5, 0, 22], [0.0115, 0.2265], "Altman and others 2000, Statistics with Confidence, 6.2"],
  [[59, 6, 16, 80], [-0.1186, -0.0046], "Cavo and others 2012, in R's contingencytables"],
];

for (const [counts, wanted, source] of PAIRED) {
  Deno.test(`Newcombe's interval, method 10: ${source}`, () => {
    printed(newcombe(...counts), wanted);
    const [both, first, second, neither] = counts;
    const [low, high] = newcombe(both, second, first, neither);
    printed([-high, -low], wanted);
  });
}

Deno.test("Newcombe's interval where nothing differs, or nothing is known", () => {
  assert.deepEqual(newcombe(0, 0, 0, 0), [-1, 1]);
  // Both always right: φ counts as 0, and neither can be more right.
  const [low, high] = newcombe(54, 0, 0, 0);
  const width = 1 - wilson(54, 54)[0];
  printed([low, high], [-width, width], 12);
});

Deno.test("Newcombe's interval holds the difference and stays within −1…1", () => {
  for (let i = 0; i < 6 ** 4; i++) {
    const [a, b, c, d] = [i % 6, i / 6, i / 36, i / 216].map((x) => Math.floor(x) % 6);
    const n = a + b + c + d;
    if (n === 0) continue;
    const [low, high] = newcombe(a, b, c, d);
    const difference = (b - c) / n;
    assert(low <= difference && difference <= high, `${[a, b, c, d]}: ${low}…${high}`);
    assert(low >= -1 - 1e-12 && high <= 1 + 1e-12, `${[a, b, c, d]}: ${low}…${high}`);
  }
});

/** Binomial coefficient, exact for small numbers. */
function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = product * (n - k + i) / i;
  return Math.round(product);
}

Deno.test("McNemar's exact test is twice the smaller tail of Binomial(n, ½)", () => {
  for (let first = 0; first < 20; first++) {
    for (let second = 0; second < 20; second++) {
      const n = first + second;
      let tail = 0;
      for (let i = 0; i <= Math.min(first, second); i++) tail += choose(n, i) / 2 ** n;
      const wanted = Math.min(1, 2 * tail);
      assert(Math.abs(mcNemar(first, second) - wanted) < 1e-12, `${first}, ${second}`);
    }
  }
});

const MCNEMAR: [number, number, number, string][] = [
  [6, 16, 0.0525, "Cavo and others 2012, in R's contingencytables"],
  [1, 7, 0.0703, "2 · (1 + 8) / 256"],
  [0, 0, 1, "no sample differs"],
  [0, 1, 1, "one"],
  [0, 6, 0.0313, "2 / 64"],
  [5000, 5000, 1, "many"],
  [0, 5000, 0, "many, all one way"],
];

for (const [first, second, wanted, source] of MCNEMAR) {
  Deno.test(`McNemar of ${first} and ${second}: ${source}`, () => {
    printed([mcNemar(first, second)], [wanted]);
    assert.equal(mcNemar(first, second), mcNemar(second, first));
  });
}

Deno.test("the normal p-value is within 1.5·10⁻⁷ of tables", () => {
  const table = [[1, 0.3173105079], [1.959963985, 0.05], [2.575829304, 0.01], [4, 0.0000633425]];
  for (const [z, wanted] of table) {
    assert(Math.abs(normalPValue(z, 1) - wanted) < 1.5e-7, String(z));
    assert(Math.abs(normalPValue(-z / 8, 1 / 8) - wanted) < 1.5e-7, String(z));
  }
  assert.equal(normalPValue(0, 0), 1);
  assert.equal(normalPValue(0.1, 0), 0);
});

Deno.test("the normal interval is kept within bounds", () => {
  printed(normalInterval(0.5, 0.1, [0, 1]), [0.304, 0.696]);
  assert.deepEqual(normalInterval(0.99, 0.1, [0, 1])[1], 1);
  assert.deepEqual(normalInterval(0.01, 0.1, [0, 1])[0], 0);
});

Deno.test("percentiles by nearest rank", () => {
  const values = [15, 20, 35, 40, 50];
  const table = [[0, 15], [5, 15], [20, 15], [30, 20], [40, 20], [45, 35], [50, 35], [95, 50], [
    100,
    50,
  ]];
  for (const [p, wanted] of table) assert.equal(percentile(values, p), wanted, `${p} %`);
  for (const p of [0, 50, 100]) assert.equal(percentile([7], p), 7);
});
