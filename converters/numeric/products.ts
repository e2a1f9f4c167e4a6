/**
 * Sums of products of columns, on WASM.
 * @module
 */
import { PRODUCTS } from "./generated/products.ts";
import { copyRows, Machine } from "./machine.ts";

type Kernel = (
  a: number,
  rowStep: number,
  columnStep: number,
  b: number,
  out: number,
  rows: number,
  height: number,
  width: number,
  upper: number,
) => void;

/** Rows that are summed in float32 before they are added in float64. */
const BLOCK = 256;

const MACHINE = new Machine<{ products: Kernel }>(PRODUCTS);

/**
 * Adds AᵀB to `sums`. Blocks of 256 rows are summed in float32, blocks are added in float64.
 * @param a [rows, depth], row-major.
 * @param b the same shape; the same array for a Gram matrix, of which half is computed then.
 * @param sums [depth, depth].
 */
export function addProducts(
  a: Float32Array,
  b: Float32Array,
  depth: number,
  sums: Float64Array,
): void {
  const width = (depth + 7) & ~7;
  const matrix = BLOCK * width;
  const same = a === b;
  const { kernels, floats } = MACHINE.use(4 * (2 * matrix + width * width));
  const [atB, atOut] = [same ? 0 : matrix, 2 * matrix];
  for (let first = 0; first < a.length; first += BLOCK * depth) {
    const rows = Math.min(BLOCK, (a.length - first) / depth);
    copyRows(a, first, rows, depth, floats, 0, width);
    if (!same) copyRows(b, first, rows, depth, floats, atB, width);
    kernels.products(0, 4 * width, 4, 4 * atB, 4 * atOut, rows, width, width, Number(same));
    for (let i = 0; i < depth; i++) {
      const from = atOut + i * width;
      const to = i * depth;
      for (let j = same ? i : 0; j < depth; j++) sums[to + j] += floats[from + j];
    }
  }
  if (same) mirror(sums, depth);
}

/**
 * AᵀB in float32.
 * @param a [rows, height], row-major.
 * @param b [rows, width].
 * @param out [height, width], written.
 */
export function transposedProduct(
  a: Float32Array,
  b: Float32Array,
  rows: number,
  out: Float32Array,
): void {
  const height = a.length / rows;
  multiply(a, { rowStep: 4 * height, columnStep: 4 }, b, rows, out);
}

/**
 * A·B in float32.
 * @param a [height, rows], row-major.
 * @param b [rows, width].
 * @param out [height, width], written.
 */
export function product(a: Float32Array, b: Float32Array, rows: number, out: Float32Array): void {
  multiply(a, { rowStep: 4, columnStep: 4 * rows }, b, rows, out);
}

/** Σ_n a[n, i]·b[n, j]; steps are in bytes. */
function multiply(
  a: Float32Array,
  { rowStep, columnStep }: { rowStep: number; columnStep: number },
  b: Float32Array,
  rows: number,
  out: Float32Array,
): void {
  const [height, width] = [a.length / rows, b.length / rows];
  const [high, wide] = [(height + 7) & ~7, (width + 7) & ~7];
  // What a tile reads behind the last column of A goes into rows that nobody reads.
  const atB = rows * high;
  const atOut = atB + rows * wide;
  const { kernels, floats } = MACHINE.use(4 * (atOut + high * wide));
  floats.set(a);
  copyRows(b, 0, rows, width, floats, atB, wide);
  kernels.products(0, rowStep, columnStep, 4 * atB, 4 * atOut, rows, high, wide, 0);
  if (width === wide) {
    out.set(floats.subarray(atOut, atOut + height * width));
    return;
  }
  for (let i = 0; i < height; i++) {
    const from = atOut + i * wide;
    out.set(floats.subarray(from, from + width), i * width);
  }
}

/** The same matrix [width, rows] with its rows as columns. */
export function transposed(matrix: Float32Array, rows: number): Float32Array {
  const width = matrix.length / rows;
  const out = new Float32Array(matrix.length);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) out[j * rows + i] = matrix[at++];
  }
  return out;
}

/** Copies the upper triangle into the lower one. */
function mirror(matrix: Float64Array, size: number): void {
  for (let i = 1; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[i * size + j] = matrix[j * size + i];
  }
}
