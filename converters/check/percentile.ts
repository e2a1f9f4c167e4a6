/**
 * Percentiles.
 * @module
 */

/**
 * The p-th percentile by the nearest-rank definition.
 * @param ascending sorted values, at least one; `p` in 0…100.
 */
export function percentile(ascending: readonly number[], p: number): number {
  const rank = Math.ceil(p / 100 * ascending.length);
  return ascending[Math.min(Math.max(rank, 1), ascending.length) - 1];
}
