/**
 * The multiple-choice knapsack: one option for every layer, least loss under a budget.
 * @module
 */

/** One way to store a layer. */
export interface Option {
  /** Bytes in the file. */
  bytes: number;
  /** What it costs the model, 0 or more; losses of layers add up. */
  loss: number;
}

/** Bytes are counted in buckets of as many, rounded up. */
export const BUCKET = 16;

/** Least losses for every budget up to the largest. */
export class Knapsack {
  /** Option of each layer by buckets spent on it and the layers before. */
  readonly #choices: Uint8Array[] = [];
  readonly #costs: number[][];
  /** Least loss of all layers by buckets; Infinity where they do not fit. */
  readonly #losses: Float64Array;

  /**
   * Exact dynamic programming over buckets (Kellerer, Pferschy and Pisinger 2004, "Knapsack
   * Problems", §11.5): best(l, b) = min over options o of loss(l, o) + best(l − 1, b − cost(l, o)).
   * Of equal losses the first option is taken.
   * @param layers at most 256 options each.
   * @param most largest budget, bytes.
   */
  constructor(layers: readonly (readonly Option[])[], most: number) {
    const buckets = Math.max(0, Math.floor(most / BUCKET));
    this.#costs = layers.map((options) => options.map(({ bytes }) => Math.ceil(bytes / BUCKET)));
    let losses = new Float64Array(buckets + 1);
    layers.forEach((options, layer) => {
      const next = new Float64Array(buckets + 1).fill(Infinity);
      const choices = new Uint8Array(buckets + 1);
      options.forEach(({ loss }, option) => {
        const cost = this.#costs[layer][option];
        for (let b = cost; b <= buckets; b++) {
          const sum = losses[b - cost] + loss;
          if (sum < next[b]) [next[b], choices[b]] = [sum, option];
        }
      });
      this.#choices.push(choices);
      losses = next;
    });
    this.#losses = losses;
  }

  /**
   * Option numbers, one a layer, with the least sum of losses in `budget` bytes; null where even the
   * smallest do not fit.
   */
  choose(budget: number): number[] | null {
    let b = Math.min(Math.floor(budget / BUCKET), this.#losses.length - 1);
    if (!(b >= 0 && this.#losses[b] < Infinity)) return null;
    const picked: number[] = [];
    for (let layer = this.#choices.length - 1; layer >= 0; layer--) {
      const option = this.#choices[layer][b];
      picked.unshift(option);
      b -= this.#costs[layer][option];
    }
    return picked;
  }
}
