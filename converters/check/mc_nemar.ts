/**
 * Test for a change in paired right or wrong answers.
 * @module
 */

/**
 * Exact two-sided McNemar test (McNemar 1947, Psychometrika 12:153): the smaller of the discordant
 * counts under Binomial(first + second, ½), twice its tail, at most 1.
 * @param first samples only the first got right; `second` only the second.
 */
export function mcNemar(first: number, second: number): number {
  const n = first + second;
  const low = Math.min(first, second);
  // Terms C(n, i) / 2ⁿ by their logarithms, so that large n does not overflow.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let i = 0; i <= low; i++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1));
  }
  return Math.min(1, 2 * tail);
}
