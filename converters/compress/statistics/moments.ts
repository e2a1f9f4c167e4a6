/**
 * Second moments of a layer's input columns: all that its output error depends on. With x the
 * column in the float model and x̂ that in the compressed one, the mean squared error of an output
 * w·x + b replaced by ŵ·x̂ + b̂ is
 *
 *   w·E[xxᵀ]·w − 2·w·E[xx̂ᵀ]·ŵ + ŵ·E[x̂x̂ᵀ]·ŵ + (b − b̂)² + 2(b − b̂)(w·E[x] − ŵ·E[x̂])
 *
 * (Frantar and Alistarh 2022, arXiv:2208.11580, with H = E[x̂x̂ᵀ]; Li et al. 2025,
 * arXiv:2504.02692, for the cross-moment C = E[xx̂ᵀ]).
 * @module
 */
import { addProducts } from "../../numeric/mod.ts";
import type { ColumnLayout } from "./columns.ts";

/** Beyond this depth only the diagonals are kept: matrices would take more than 50 MB each. */
export const LARGEST_DEPTH = 2560;

/** Columns that are kept where only diagonals are, at most: one of 11,616 inputs takes 46 KB. */
const KEPT = 3072;

/** Columns of the float model and of the compressed one, each [count, depth]. */
export interface KeptColumns {
  count: number;
  original: Float32Array;
  compressed: Float32Array;
}

/** Moments of one layer, each [blocks, depth, depth] or, where `diagonal`, [blocks, depth]. */
export interface Moments {
  blocks: number;
  depth: number;
  /** Whether only the diagonals are kept. */
  diagonal: boolean;
  /** Columns seen, of each block. */
  count: number;
  /** H = E[x̂x̂ᵀ]. */
  gram: Float32Array;
  /** C = E[xx̂ᵀ]; the same array as `gram` where x̂ = x. */
  cross: Float32Array;
  /** E[xxᵀ]; the same array as `gram` where x̂ = x. */
  original: Float32Array;
  /** E[x̂], [blocks, depth]. */
  mean: Float32Array;
  /** E[x]. */
  originalMean: Float32Array;
  /** Columns themselves, the first of those seen: where x̂ differs and only diagonals are kept. */
  columns?: KeptColumns;
}

/** Moments of the columns of both; the same object where both are one. */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a === b) return a;
  const count = a.count + b.count;
  const [weightA, weightB] = [a.count / count, b.count / count];
  const mix = (field: "gram" | "cross" | "original" | "mean" | "originalMean") =>
    a[field].map((value, i) => value * weightA + b[field][i] * weightB);
  const [gram, mean] = [mix("gram"), mix("mean")];
  const paired = a.cross !== a.gram;
  return {
    ...{ ...a, count, gram, mean },
    cross: paired ? mix("cross") : gram,
    original: paired ? mix("original") : gram,
    originalMean: paired ? mix("originalMean") : mean,
    columns: a.columns && b.columns && joined(a.columns, b.columns),
  };
}

function joined(a: KeptColumns, b: KeptColumns): KeptColumns {
  const both = (field: "original" | "compressed") => {
    const values = new Float32Array(a[field].length + b[field].length);
    values.set(a[field]);
    values.set(b[field], a[field].length);
    return values;
  };
  return {
    count: a.count + b.count,
    original: both("original"),
    compressed: both("compressed"),
  };
}

/** Rows that are gathered before they are multiplied. */
const GATHERED = 256;

/** Sums for one kind of product over all blocks. */
class Sums {
  readonly products: Float64Array;
  constructor(readonly blocks: number, readonly depth: number, readonly diagonal: boolean) {
    this.products = new Float64Array(blocks * depth * (diagonal ? 1 : depth));
  }

  /** Adds rows a and b [rows, depth] of one block. */
  add(block: number, a: Float32Array, b: Float32Array): void {
    const { depth, diagonal, products } = this;
    const size = diagonal ? depth : depth * depth;
    const sums = products.subarray(block * size, (block + 1) * size);
    if (diagonal) { for (let i = 0; i < a.length; i++) sums[i % depth] += a[i] * b[i]; }
    else addProducts(a, b, depth, sums);
  }

  over(count: number): Float32Array {
    return Float32Array.from(this.products, (sum) => sum / count);
  }
}

/** Collects the moments of one layer in memory that does not grow with the columns. */
export class MomentSums {
  readonly #layout: ColumnLayout;
  readonly #gram: Sums;
  readonly #cross: Sums | null;
  readonly #original: Sums | null;
  readonly #mean: Float64Array;
  readonly #originalMean: Float64Array;
  /** Columns that wait, x and x̂ [blocks, GATHERED, depth]. */
  readonly #waiting: [Float32Array, Float32Array | null];
  #filled = 0;
  #count = 0;
  /** Columns kept, x and x̂. */
  readonly #kept: [Float32Array[], Float32Array[]] = [[], []];

  /** @param paired whether x̂ differs from x; else only H and E[x] are computed. */
  constructor(layout: ColumnLayout, paired: boolean) {
    const { blocks, depth } = this.#layout = layout;
    const sums = () => new Sums(blocks, depth, depth > LARGEST_DEPTH);
    const room = () => new Float32Array(blocks * GATHERED * depth);
    this.#gram = sums();
    this.#cross = paired ? sums() : null;
    this.#original = paired ? sums() : null;
    this.#mean = new Float64Array(blocks * depth);
    this.#originalMean = new Float64Array(blocks * depth);
    this.#waiting = [room(), paired ? room() : null];
  }

  /**
   * Adds columns [blocks, n, depth] of the float model and the same of the compressed one.
   * @param compressed left out where they are the same.
   */
  add(columns: Float32Array, compressed?: Float32Array): void {
    const { blocks, depth } = this.#layout;
    const count = columns.length / (blocks * depth);
    for (let n = 0; n < count; n++) {
      for (let block = 0; block < blocks; block++) {
        const from = (block * count + n) * depth;
        const to = (block * GATHERED + this.#filled) * depth;
        this.#waiting[0].set(columns.subarray(from, from + depth), to);
        this.#waiting[1]?.set((compressed ?? columns).subarray(from, from + depth), to);
      }
      if (++this.#filled === GATHERED) this.#multiply();
    }
    if (!this.#gram.diagonal || !this.#cross || blocks > 1) return;
    const room = Math.min(count, KEPT - this.#keptCount) * depth;
    [columns, compressed ?? columns].forEach((list, i) =>
      room > 0 && this.#kept[i].push(list.slice(0, room))
    );
  }

  get #keptCount(): number {
    return this.#kept[0].reduce((sum, { length }) => sum + length, 0) / this.#layout.depth;
  }

  /** The moments of all columns so far. */
  finish(): Moments {
    this.#multiply();
    const { blocks, depth } = this.#layout;
    const count = this.#count;
    const gram = this.#gram.over(count);
    const mean = Float32Array.from(this.#mean, (sum) => sum / count);
    return {
      ...{ blocks, depth, diagonal: this.#gram.diagonal, count, gram, mean },
      cross: this.#cross?.over(count) ?? gram,
      original: this.#original?.over(count) ?? gram,
      originalMean: this.#cross ? Float32Array.from(this.#originalMean, (s) => s / count) : mean,
      ...this.#kept[0].length && { columns: this.#keptColumns() },
    };
  }

  #keptColumns(): KeptColumns {
    const [original, compressed] = this.#kept.map((list) => {
      const values = new Float32Array(list.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of list) {
        values.set(part, at);
        at += part.length;
      }
      return values;
    });
    return { count: this.#keptCount, original, compressed };
  }

  #multiply(): void {
    const { blocks, depth } = this.#layout;
    const rows = this.#filled * depth;
    const [original, compressed] = this.#waiting;
    for (let block = 0; block < blocks; block++) {
      const from = block * GATHERED * depth;
      const x = original.subarray(from, from + rows);
      const hat = compressed?.subarray(from, from + rows) ?? x;
      this.#gram.add(block, hat, hat);
      this.#cross?.add(block, x, hat);
      this.#original?.add(block, x, x);
      for (let i = 0; i < rows; i++) {
        this.#originalMean[block * depth + i % depth] += x[i];
        this.#mean[block * depth + i % depth] += hat[i];
      }
    }
    this.#count += this.#filled;
    this.#filled = 0;
  }
}
