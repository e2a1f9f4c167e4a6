/**
 * Mean squared errors of two models on the same samples.
 * @module
 */
import { normalInterval, normalPValue } from "./normal.ts";
import type { Paired } from "./paired.ts";

/**
 * Squared error of one sample: (output − target)² for one value; for several, the mean over classes
 * of (score − 1 for the labelled class, 0 for others)², after Brier (1950, Monthly Weather Review 78:1).
 */
export function squaredError(output: ArrayLike<number>, target: number): number {
  if (output.length === 1) return (output[0] - target) ** 2;
  let sum = 0;
  for (let i = 0; i < output.length; i++) sum += (output[i] - Number(i === target)) ** 2;
  return sum / output.length;
}

/**
 * Compares means of errors: normal 95% intervals (mean ± 1.96·s/√n) of both and of the paired
 * difference, and the paired z test. One sample has no spread: its intervals are points and its
 * p-value is 1.
 * @param original squared error of each sample; `bundle` the same of the bundle.
 */
export function compareErrors(original: readonly number[], bundle: readonly number[]): Paired {
  const a = describe(original);
  const b = describe(bundle);
  const drop = describe(bundle.map((error, i) => error - original[i]));
  return {
    original: a.mean,
    bundle: b.mean,
    originalInterval: normalInterval(a.mean, a.standardError, [0, Infinity]),
    bundleInterval: normalInterval(b.mean, b.standardError, [0, Infinity]),
    drop: drop.mean,
    dropInterval: normalInterval(drop.mean, drop.standardError, [-Infinity, Infinity]),
    pValue: original.length > 1 ? normalPValue(drop.mean, drop.standardError) : 1,
  };
}

function describe(values: readonly number[]): { mean: number; standardError: number } {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: n > 1 ? Math.sqrt(squares / (n - 1) / n) : 0 };
}
