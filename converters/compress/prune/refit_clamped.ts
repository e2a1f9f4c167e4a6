/**
 * Weights and bias of a layer fitted again to what the float layer gives behind its bounds.
 * @module
 */
import { cholesky, solveRows, transposed, transposedProduct } from "../../numeric/mod.ts";
import type { ColumnPairs } from "../statistics/mod.ts";
import { type Bounds, clampTo } from "./bounds.ts";
import { DAMPING, type Rows } from "./refit.ts";

/** Times that targets are set anew. */
const ROUNDS = 20;

/**
 * The W', zero outside of the columns S, and b' that minimise E‖r(W·x + b) − r(W'·x̂ + b')‖² +
 * λ‖W' − W_S‖², r being the layer's bounds, ReLU for example (Zhang et al. 2015, "Accelerating Very
 * Deep Convolutional Networks for Classification and Detection", arXiv:1505.06798, §3.2, where an
 * auxiliary variable takes the place of what stands before r). Where r(W·x + b) is at a bound, all
 * beyond the bound is as good; so with p = W'·x̂ + b' the target is
 *
 *   z = r(W·x + b) between the bounds, min(p, lower) at the lower, max(p, upper) at the upper,
 *
 * and E‖z − W'·x̂ − b'‖² is nowhere less than what is minimised: where the float layer is at a bound it
 * is the same. Least squares for z (refit.ts) again and again, with the momentum of FISTA (Beck and
 * Teboulle 2009, eq. 4.1–4.3, each step in units of Cov(x̂) + λI), so go down to the least such error.
 * @param old W and b.
 * @param start W' and b' of the same shape: what refit.ts gives.
 * @param stays which of each block's columns stay, [blocks · depth].
 */
export function refitClamped(
  old: Rows,
  start: Rows,
  columns: ColumnPairs,
  stays: readonly boolean[],
  bounds: Bounds,
): Rows {
  const made = { weights: start.weights.slice(), bias: start.bias.slice() };
  for (let block = 0; block < columns.blocks; block++) {
    fitBlock(old, made, columns, block, stays, bounds);
  }
  return made;
}

/** Puts the solution of one block into `made`. */
function fitBlock(
  old: Rows,
  made: Rows,
  columns: ColumnPairs,
  block: number,
  stays: readonly boolean[],
  { min, max }: Bounds,
): void {
  const { blocks, count, depth } = columns;
  const outputs = old.bias.length / blocks;
  const left = Array.from({ length: depth }, (_, k) => k).filter((k) => stays[block * depth + k]);
  const size = left.length;
  const given = size ? centredColumns(columns, block, left) : null;
  if (!given) return;
  const { values, means, damping, lower } = given;
  const across = transposed(values, count);
  const wanted = outputsOf(old, columns.original, columns, block);
  const place = (i: number) => (block * outputs + Math.floor(i / size)) * depth + left[i % size];
  const rows = Float64Array.from({ length: outputs * size }, (_, i) => made.weights[place(i)]);
  const held = Float64Array.from(rows, (_, i) => damping * old.weights[place(i)]);
  const dot = (o: number) => means.reduce((sum, mean, i) => sum + mean * rows[o * size + i], 0);
  /** Means of what the outputs are, as the columns are centred. */
  const levels = Float64Array.from(
    { length: outputs },
    (_, o) => made.bias[block * outputs + o] + dot(o),
  );
  const target = new Float32Array(count * outputs);
  const crossed = new Float32Array(outputs * size);
  let last = { rows: rows.slice(), levels: levels.slice() };
  for (let round = 0, pace = 1; round < ROUNDS; round++) {
    transposedProduct(across, transposed(Float32Array.from(rows), outputs), size, target);
    const sums = new Float64Array(outputs);
    for (let i = 0; i < target.length; i++) {
      const o = i % outputs;
      const value = target[i] + levels[o];
      target[i] = wanted[i] <= min
        ? Math.min(value, min)
        : wanted[i] >= max
        ? Math.max(value, max)
        : wanted[i];
      sums[o] += target[i];
    }
    transposedProduct(target, values, count, crossed);
    const next = {
      rows: Float64Array.from(crossed, (value, i) => value / count + held[i]),
      levels: sums.map((sum) => sum / count),
    };
    solveRows(lower, size, next.rows);
    const before = pace;
    pace = (1 + Math.sqrt(1 + 4 * pace * pace)) / 2;
    const further = (before - 1) / pace;
    next.rows.forEach((value, i) => rows[i] = value + further * (value - last.rows[i]));
    next.levels.forEach((value, o) => levels[o] = value + further * (value - last.levels[o]));
    last = next;
  }
  last.rows.forEach((value, i) => rows[i] = value);
  rows.forEach((value, i) => made.weights[place(i)] = value);
  last.levels.forEach((level, o) => made.bias[block * outputs + o] = level - dot(o));
}

/** x̂ of the columns that stay, less its mean, with λ and the triangle of Cov(x̂) + λI. */
function centredColumns(
  { count, depth, compressed }: ColumnPairs,
  block: number,
  left: readonly number[],
): { values: Float32Array; means: Float64Array; damping: number; lower: Float64Array } | null {
  const size = left.length;
  const values = new Float32Array(count * size);
  const means = new Float64Array(size);
  for (let n = 0; n < count; n++) {
    const from = (block * count + n) * depth;
    for (let i = 0; i < size; i++) {
      values[n * size + i] = compressed[from + left[i]];
      means[i] += values[n * size + i] / count;
    }
  }
  values.forEach((value, i) => values[i] = value - means[i % size]);
  const gram = new Float32Array(size * size);
  transposedProduct(values, values, count, gram);
  const trace = left.reduce((sum, _, i) => sum + gram[i * (size + 1)] / count, 0);
  const damping = DAMPING * trace / size;
  if (!(damping > 0)) return null;
  const isDiagonal = (i: number) => i % (size + 1) === 0;
  const system = Float64Array.from(
    gram,
    (value, i) => value / count + Number(isDiagonal(i)) * damping,
  );
  const lower = cholesky(system, size);
  return lower && { values, means, damping, lower };
}

/** W·x + b of one block, [count, outputs]. */
function outputsOf(
  { weights, bias }: Rows,
  columns: Float32Array,
  { blocks, count, depth }: ColumnPairs,
  block: number,
): Float32Array {
  const outputs = bias.length / blocks;
  const made = new Float32Array(count * outputs);
  const part = (values: Float32Array | Float64Array, size: number) =>
    Float32Array.from(values.subarray(block * size, (block + 1) * size));
  transposedProduct(
    transposed(part(columns, count * depth), count),
    transposed(part(weights, outputs * depth), outputs),
    depth,
    made,
  );
  for (let i = 0; i < made.length; i++) made[i] += bias[block * outputs + i % outputs];
  return made;
}

/** E‖r(W·x + b) − r(W'·x̂ + b')‖², summed over the output channels. */
export function clampedError(old: Rows, made: Rows, columns: ColumnPairs, bounds: Bounds): number {
  let error = 0;
  for (let block = 0; block < columns.blocks; block++) {
    const wanted = outputsOf(old, columns.original, columns, block);
    const given = outputsOf(made, columns.compressed, columns, block);
    wanted.forEach((value, i) => {
      error += (clampTo(bounds, value) - clampTo(bounds, given[i])) ** 2 / columns.count;
    });
  }
  return error;
}
