/**
 * The error of a layer's outputs (formula in statistics/moments.ts).
 * @module
 */
import type { KeptColumns, Moments } from "../statistics/mod.ts";

/** Weights as rows [channels, depth] and a bias of each channel. */
export interface Linear {
  rows: Float64Array;
  bias: Float64Array;
}

/** What other weights, on compressed inputs, do to the outputs of a float layer. */
export interface LinearErrors {
  /** Variance of every output in the float model. */
  readonly variances: Float64Array;
  /**
   * What rounding adds to every channel: the mean squared error if the bias takes up the difference
   * of the means, and that difference, E[w·x] − E[ŵ·x̂].
   * @param rows ŵ.
   */
  of(rows: Float64Array): { spread: Float64Array; shift: Float64Array };
}

/** By columns, where some were kept, else by moments. */
export function outputErrors(moments: Moments, float: Linear): LinearErrors {
  return moments.columns
    ? new ColumnErrors(moments.columns, float)
    : new OutputErrors(moments, float);
}

/** By what comes out of every column. */
class ColumnErrors implements LinearErrors {
  readonly variances: Float64Array;
  /** [channels][count]. */
  readonly #wanted: Float64Array[];
  readonly #columns: KeptColumns;

  constructor(columns: KeptColumns, float: Linear) {
    this.#columns = columns;
    this.#wanted = outputsOn(columns.original, float.rows, columns.count);
    this.variances = Float64Array.from(this.#wanted, (values) => spreadOf(values).variance);
  }

  of(rows: Float64Array): { spread: Float64Array; shift: Float64Array } {
    const got = outputsOn(this.#columns.compressed, rows, this.#columns.count);
    const errors = this.#wanted.map((values, o) =>
      spreadOf(values.map((value, n) => value - got[o][n]))
    );
    return {
      spread: Float64Array.from(errors, ({ variance }) => variance),
      shift: Float64Array.from(errors, ({ mean }) => mean),
    };
  }
}

/** Outputs of every row on columns [count, depth]. */
function outputsOn(columns: Float32Array, rows: Float64Array, count: number): Float64Array[] {
  const depth = columns.length / count;
  return Array.from(
    { length: rows.length / depth },
    (_, o) =>
      Float64Array.from({ length: count }, (_, n) => {
        let sum = 0;
        for (let j = 0; j < depth; j++) sum += rows[o * depth + j] * columns[n * depth + j];
        return sum;
      }),
  );
}

function spreadOf(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / values.length };
}

/** By moments. */
export class OutputErrors implements LinearErrors {
  readonly #moments: Moments;
  readonly #float: Linear;
  /** Covariance of every float output with every compressed input, [channels, depth]. */
  readonly #cross: Float64Array;
  readonly variances: Float64Array;

  constructor(moments: Moments, float: Linear) {
    this.#moments = moments;
    this.#float = float;
    const { originalMean, mean } = moments;
    const own = this.#products(float.rows, moments.original, originalMean, originalMean);
    this.variances = this.#dots(own, float.rows);
    this.#cross = this.#products(float.rows, moments.cross, originalMean, mean);
  }

  of(rows: Float64Array): { spread: Float64Array; shift: Float64Array } {
    const { gram, mean, originalMean } = this.#moments;
    const own = this.#dots(this.#products(rows, gram, mean, mean), rows);
    const both = this.#dots(this.#cross, rows);
    const before = this.#means(this.#float.rows, originalMean);
    const after = this.#means(rows, mean);
    return {
      spread: own.map((value, o) => Math.max(0, this.variances[o] - 2 * both[o] + value)),
      shift: before.map((value, o) => value - after[o]),
    };
  }

  /** Rows times covariances: M − abᵀ, or where only diagonals are kept, their differences. */
  #products(
    rows: Float64Array,
    matrix: Float32Array,
    first: Float32Array,
    second: Float32Array,
  ): Float64Array {
    const { depth, diagonal } = this.#moments;
    const products = new Float64Array(rows.length);
    for (let at = 0, o = 0; at < rows.length; at += depth, o++) {
      const block = this.#blockOf(o);
      const means = block * depth;
      const sum = products.subarray(at, at + depth);
      if (diagonal) {
        for (let i = 0; i < depth; i++) {
          const variance = matrix[means + i] - first[means + i] * second[means + i];
          sum[i] = rows[at + i] * variance;
        }
        continue;
      }
      let mean = 0;
      for (let i = 0; i < depth; i++) {
        const value = rows[at + i];
        if (value === 0) continue;
        mean += value * first[means + i];
        const from = (means + i) * depth;
        for (let j = 0; j < depth; j++) sum[j] += value * matrix[from + j];
      }
      for (let j = 0; j < depth; j++) sum[j] -= mean * second[means + j];
    }
    return products;
  }

  /** Products of rows with rows. */
  #dots(a: Float64Array, b: Float64Array): Float64Array {
    const { depth } = this.#moments;
    const sums = new Float64Array(a.length / depth);
    for (let i = 0; i < a.length; i++) sums[Math.floor(i / depth)] += a[i] * b[i];
    return sums;
  }

  #means(rows: Float64Array, means: Float32Array): Float64Array {
    const { depth } = this.#moments;
    const sums = new Float64Array(rows.length / depth);
    for (let i = 0; i < rows.length; i++) {
      const o = Math.floor(i / depth);
      sums[o] += rows[i] * means[this.#blockOf(o) * depth + i % depth];
    }
    return sums;
  }

  #blockOf(channel: number): number {
    return Math.floor(channel * this.#moments.blocks / this.#float.bias.length);
  }
}
