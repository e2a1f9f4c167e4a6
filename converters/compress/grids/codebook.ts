/**
 * Codebooks: the best K int8 values for a set of weights.
 * @module
 */
import { type Levels, levelsOf } from "./levels.ts";

/** int8 values that can be in a codebook. */
const LOWEST = -127;
const COUNT = 255;

/**
 * Weighted 1-D k-means with centroids among −127…127, exactly, by dynamic programming (Wang and
 * Song 2011, "Ckmeans.1d.dp", whose clusters are intervals of sorted values; here the centroids are
 * the states, as they have to be int8): the best cost of k + 1 levels of which b is the last is
 *
 *   D[k + 1][b] = min over a < b of D[k][a] + cost(a, b),
 *
 * where cost(a, b) is what the values between two neighbouring levels a and b cost, each at the
 * nearer one. Sums over values up to a half step give every cost in O(1), so all takes O(255²·K).
 * @param values in steps, any order.
 * @param importance weight of each squared error.
 * @param size K, 2…255.
 */
export function bestCodebook(
  values: ArrayLike<number>,
  importance: ArrayLike<number>,
  size: number,
): Levels {
  const sums = new CellSums(values, importance);
  const cost = Array.from(
    { length: COUNT },
    (_, a) => Float64Array.from({ length: COUNT }, (_, b) => b > a ? sums.between(a, b) : 0),
  );
  let best = Float64Array.from({ length: COUNT }, (_, b) => sums.below(b));
  const from: Int16Array[] = [];
  for (let k = 1; k < size; k++) {
    const next = new Float64Array(COUNT).fill(Infinity);
    const choice = new Int16Array(COUNT).fill(-1);
    for (let b = k; b < COUNT; b++) {
      for (let a = k - 1; a < b; a++) {
        const total = best[a] + cost[a][b];
        if (total < next[b]) [next[b], choice[b]] = [total, a];
      }
    }
    best = next;
    from.push(choice);
  }
  let last = 0;
  for (let b = 0; b < COUNT; b++) {
    if (best[b] + sums.above(b) < best[last] + sums.above(last)) last = b;
  }
  const levels = [last];
  for (const choice of from.toReversed()) levels.push(last = choice[last]);
  return levelsOf(levels.map((index) => index + LOWEST));
}

/** Σh, Σhx, Σhx² of the values up to every half step. */
class CellSums {
  readonly #sums: Float64Array[];

  constructor(values: ArrayLike<number>, importance: ArrayLike<number>) {
    const cells = 2 * COUNT + 2;
    this.#sums = Array.from({ length: 3 }, () => new Float64Array(cells + 1));
    for (let i = 0; i < values.length; i++) {
      const cell = Math.max(0, Math.min(cells - 1, Math.floor(2 * values[i]) - 2 * LOWEST + 1));
      const x = values[i];
      [1, x, x * x].forEach((power, p) => this.#sums[p][cell + 1] += importance[i] * power);
    }
    for (const sums of this.#sums) {
      for (let cell = 0; cell < cells; cell++) sums[cell + 1] += sums[cell];
    }
  }

  /** Cost at `level` of the values in half steps `from` ≤ i < `to` (from −∞ or to ∞ at the ends). */
  #cost(level: number, from: number, to: number): number {
    const [n, x, xx] = this.#sums;
    const low = Math.max(0, from + 1);
    const high = Math.min(n.length - 1, to + 1);
    const value = level + LOWEST;
    const cost = xx[high] - xx[low] - 2 * value * (x[high] - x[low]) +
      value * value * (n[high] - n[low]);
    return Math.max(0, cost);
  }

  /** Values between levels a and b, each at the nearer one. */
  between(a: number, b: number): number {
    return this.#cost(a, 2 * a, a + b) + this.#cost(b, a + b, 2 * b);
  }

  /** Values below the lowest level. */
  below(level: number): number {
    return this.#cost(level, -Infinity, 2 * level);
  }

  /** Values from the highest level on. */
  above(level: number): number {
    return this.#cost(level, 2 * level, Infinity);
  }
}
