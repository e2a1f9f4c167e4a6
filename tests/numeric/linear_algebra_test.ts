/** Products of columns and linear systems. */
import assert from "node:assert/strict";
import {
  addProducts,
  cholesky,
  inverse,
  product,
  solveRows,
  transposed,
  transposedProduct,
} from "../../converters/numeric/mod.ts";
import { noise } from "../helpers/small_models.ts";
import { FLOAT32_SUMS } from "../helpers/tolerances.ts";

for (const [rows, depth] of [[1, 1], [3, 5], [300, 9], [513, 24]]) {
  Deno.test(`AᵀB and AᵀA of ${rows} × ${depth} are the sums of products`, () => {
    const [a, b] = [noise(rows * depth, 1), noise(rows * depth, 2)];
    for (const other of [b, a]) {
      const sums = new Float64Array(depth * depth).fill(1);
      addProducts(a, other, depth, sums);
      for (let i = 0; i < depth; i++) {
        for (let j = 0; j < depth; j++) {
          let wanted = 1;
          for (let n = 0; n < rows; n++) wanted += a[n * depth + i] * other[n * depth + j];
          assert.ok(Math.abs(sums[i * depth + j] - wanted) <= rows * FLOAT32_SUMS);
        }
      }
    }
  });
}

for (const [height, rows, width] of [[1, 1, 1], [3, 5, 8], [70, 9, 17], [16, 130, 3]]) {
  Deno.test(`A·B of ${height} × ${rows} × ${width} is that of the transposed A, transposed`, () => {
    const [a, b] = [noise(height * rows, 1), noise(rows * width, 2)];
    const [out, wanted] = [1, 2].map(() => new Float32Array(height * width));
    product(a, b, rows, out);
    transposedProduct(transposed(a, height), b, rows, wanted);
    assert.deepEqual(out, wanted);
    assert.ok(Math.abs(out[0] - dot(a, b, rows, width)) <= rows * FLOAT32_SUMS);
  });
}

/** Row 0 of A times column 0 of B. */
function dot(a: Float32Array, b: Float32Array, rows: number, width: number): number {
  return a.subarray(0, rows).reduce((sum, value, n) => sum + value * b[n * width], 0);
}

Deno.test("a second Gram matrix is added to the first", () => {
  const sums = new Float64Array(4);
  addProducts(Float32Array.of(1, 2), Float32Array.of(3, 4), 2, sums);
  assert.deepEqual([...sums], [3, 4, 6, 8]);
  addProducts(Float32Array.of(1, 2), Float32Array.of(3, 4), 2, sums);
  assert.deepEqual([...sums], [6, 8, 12, 16]);
});

Deno.test("Cholesky by hand: [[4, 2], [2, 5]] = L·Lᵀ with L = [[2, 0], [1, 2]]", () => {
  const lower = cholesky(Float64Array.of(4, 2, 2, 5), 2);
  assert.deepEqual([...lower!], [2, 0, 1, 2]);
  const x = Float64Array.of(8, 9);
  solveRows(lower!, 2, x);
  assert.deepEqual([...x], [1.375, 1.25]);
  assert.deepEqual([...inverse(lower!, 2)], [5 / 16, -2 / 16, -2 / 16, 4 / 16]);
});

Deno.test("what is not positive definite has no Cholesky factor", () => {
  assert.equal(cholesky(Float64Array.of(1, 2, 2, 1), 2), null);
  assert.equal(cholesky(Float64Array.of(NaN), 1), null);
});

Deno.test("AᵀB of matrices of different widths, and a transpose, by hand", () => {
  const a = Float32Array.of(1, 2, 3, /**/ 4, 5, 6);
  const out = new Float32Array(6);
  transposedProduct(a, Float32Array.of(1, 10, /**/ 2, 20), 2, out);
  assert.deepEqual([...out], [9, 90, 12, 120, 15, 150]);
  assert.deepEqual([...transposed(a, 2)], [1, 4, 2, 5, 3, 6]);
});
