/**
 * Shares of right answers of two models on the same samples.
 * @module
 */
import { mcNemar } from "./mc_nemar.ts";
import { newcombe } from "./newcombe.ts";
import type { Paired } from "./paired.ts";
import { wilson } from "./wilson.ts";

/**
 * Compares right or wrong answers: Wilson intervals of both shares, Newcombe's interval of their
 * difference, the exact McNemar test.
 * @param original whether the original was right, one a sample; `bundle` the same of the bundle.
 */
export function compareProportions(
  original: readonly boolean[],
  bundle: readonly boolean[],
): Paired {
  const counts = { both: 0, first: 0, second: 0, neither: 0 };
  original.forEach((right, i) => {
    counts[right ? (bundle[i] ? "both" : "first") : bundle[i] ? "second" : "neither"]++;
  });
  const { both, first, second, neither } = counts;
  const samples = original.length;
  return {
    original: (both + first) / samples,
    bundle: (both + second) / samples,
    originalInterval: wilson(both + first, samples),
    bundleInterval: wilson(both + second, samples),
    drop: (first - second) / samples,
    dropInterval: newcombe(both, first, second, neither),
    pValue: mcNemar(first, second),
  };
}

/**
 * Share of samples on which both decide alike, as the accuracy of the bundle where the original counts
 * as right; the interval is Wilson's.
 */
export function compareAgreement(same: readonly boolean[]): Paired {
  const samples = same.length;
  const alike = same.filter(Boolean).length;
  const [low, high] = wilson(alike, samples);
  return {
    original: 1,
    bundle: alike / samples,
    originalInterval: [1, 1],
    bundleInterval: [low, high],
    drop: 1 - alike / samples,
    dropInterval: [1 - high, 1 - low],
    pValue: mcNemar(samples - alike, 0),
  };
}
