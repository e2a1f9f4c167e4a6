/** What is said of bundles that are larger than their budget. */
import assert from "node:assert/strict";
import type { Report } from "../../converters/check/report.ts";
import { findMisses } from "../../converters/stages/misses.ts";

const CASES: [code: number, weights: number, budget: number, hint: RegExp | null][] = [
  [60_000, 17_000, 77_000, null],
  [60_000, 17_000, 76_999, /smaller --weights/],
  [60_000, 17_000, 60_000, /smaller --weights/],
  [60_000, 17_000, 59_999, /code alone/],
];

for (const [code, weights, budget, hint] of CASES) {
  Deno.test(`budget: ${code} bytes of code and ${weights} of weights in ${budget}`, () => {
    const bytes = { code, weights, total: code + weights } as Report["bytes"];
    const misses = findMisses({ accuracy: null, bytes }, { budget });
    assert.equal(misses.length, hint ? 1 : 0);
    if (hint) assert.match(misses[0].hint!, hint);
  });
}
