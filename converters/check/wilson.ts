/**
 * Interval of a proportion.
 * @module
 */

/** Two-sided 95% point of the normal distribution. */
export const Z95 = 1.959963984540054;

/**
 * Wilson score interval, 95% (Wilson 1927, JASA 22:209):
 * (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n).
 * @param hits successes out of `n` trials.
 */
export function wilson(hits: number, n: number): [number, number] {
  if (n === 0) return [0, 1];
  const p = hits / n;
  const z2 = Z95 * Z95;
  const middle = p + z2 / (2 * n);
  const spread = Z95 * Math.sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  const low = (middle - spread) / (1 + z2 / n);
  const high = (middle + spread) / (1 + z2 / n);
  return [hits === 0 ? 0 : low, hits === n ? 1 : high];
}
