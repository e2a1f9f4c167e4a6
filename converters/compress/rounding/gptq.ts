/**
 * GPTQ: one column after the other is rounded, and those that are left make up for the error.
 * @module
 */
import { cholesky, solveRows } from "../../numeric/mod.ts";
import type { RowGrid } from "./row_grid.ts";

/** What GPTQ makes of rows. */
export interface GptqRounding {
  /** q [rows, depth]. */
  integers: Int8Array;
  /** (t − s·q)·H·(t − s·q)ᵀ of every row. */
  errors: Float64Array;
}

/** GPTQ for one H, which is factored once. */
export class Gptq {
  readonly #depth: number;
  /** Columns by the size of their inputs, the largest last. */
  readonly #order: number[];
  /** L of H in that order. */
  readonly #lower: Float64Array;
  /** Lᵀ: columns of L side by side. */
  readonly #upper: Float64Array;

  private constructor(depth: number, order: number[], lower: Float64Array, upper: Float64Array) {
    this.#depth = depth;
    this.#order = order;
    this.#lower = lower;
    this.#upper = upper;
  }

  /**
   * @param gram H [depth, depth].
   * @returns null where H is not positive definite.
   */
  static of(gram: Float64Array, depth: number): Gptq | null {
    const order = Array.from({ length: depth }, (_, i) => i)
      .sort((a, b) => gram[a * depth + a] - gram[b * depth + b]);
    const sorted = new Float64Array(depth * depth);
    order.forEach((a, i) => order.forEach((b, j) => sorted[i * depth + j] = gram[a * depth + b]));
    const lower = cholesky(sorted, depth);
    if (!lower) return null;
    const upper = new Float64Array(depth * depth);
    for (let i = 0; i < depth; i++) {
      for (let j = 0; j <= i; j++) upper[j * depth + i] = lower[i * depth + j];
    }
    return new Gptq(depth, order, lower, upper);
  }

  /** b·H⁻¹ of every row b of `rows` [count, depth]. */
  solve(rows: Float64Array): Float64Array {
    const depth = this.#depth;
    const order = this.#order;
    const sorted = rows.map((_, i) => rows[i - i % depth + order[i % depth]]);
    solveRows(this.#lower, depth, sorted);
    const solved = new Float64Array(rows.length);
    sorted.forEach((value, i) => solved[i - i % depth + order[i % depth]] = value);
    return solved;
  }

  /**
   * Rounds rows so that (t − s·q)·H·(t − s·q)ᵀ becomes small (Frantar et al. 2022, "GPTQ",
   * arXiv:2210.17323). With H = L·Lᵀ the error is Σⱼ (Σᵢ≥ⱼ eᵢLᵢⱼ)², e = t − s·q, so from the last
   * column to the first, column j is best at qⱼ = nearest((tⱼ + Σᵢ>ⱼ eᵢLᵢⱼ / Lⱼⱼ) / s): the same
   * numbers as GPTQ's in that order, without an inverse (Chen et al. 2025, "The Geometry of LLM
   * Quantization: GPTQ as Babai's Nearest Plane Algorithm", arXiv:2507.18553, theorem 4). Columns of
   * large inputs come first (act-order).
   * @param target t [rows, depth].
   * @param grids of each row.
   */
  round(target: Float64Array, grids: readonly RowGrid[]): GptqRounding {
    const depth = this.#depth;
    const upper = this.#upper;
    const integers = new Int8Array(target.length);
    const errors = new Float64Array(grids.length);
    const rest = new Float64Array(depth);
    grids.forEach((grid, row) => {
      const at = row * depth;
      for (let j = depth - 1; j >= 0; j--) {
        const column = this.#order[j];
        const from = j * depth;
        let sum = 0;
        for (let i = j + 1; i < depth; i++) sum += rest[i] * upper[from + i];
        const t = target[at + column];
        const best = t + sum / upper[from + j];
        const q = grid.nearest(column, best / grid.step);
        integers[at + column] = q;
        rest[j] = t - grid.step * q;
        errors[row] += ((best - grid.step * q) * upper[from + j]) ** 2;
      }
    });
    return { integers, errors };
  }
}
