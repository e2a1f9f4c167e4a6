/**
 * The normal distribution, for large samples.
 * @module
 */
import { Z95 } from "./wilson.ts";

/** Estimate ± 1.96 standard errors, kept within bounds. */
export function normalInterval(
  estimate: number,
  standardError: number,
  [lowest, highest]: [number, number],
): [number, number] {
  const reach = Z95 * standardError;
  return [Math.max(lowest, estimate - reach), Math.min(highest, estimate + reach)];
}

/**
 * Two-sided p-value of a difference with a standard error: 2·(1 − Φ(|z|)) = erfc(|z|/√2), by Abramowitz
 * and Stegun 7.1.26 (absolute error below 1.5·10⁻⁷). No spread and no difference give 1.
 */
export function normalPValue(difference: number, standardError: number): number {
  if (difference === 0) return 1;
  const x = Math.abs(difference / standardError) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const terms = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  return terms.reduce((sum, term) => (sum + term) * t, 0) * Math.exp(-x * x);
}
