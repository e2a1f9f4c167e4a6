/**
 * Linear systems of symmetric positive definite matrices, in float64 (Golub and Van Loan, "Matrix
 * Computations", §4.2). Matrices are row-major.
 * @module
 */

/**
 * The lower triangle L with A = L·Lᵀ; what is above the diagonal is 0.
 * @param matrix A [size, size]; only its lower half is read.
 * @returns null where A is not positive definite.
 */
export function cholesky(matrix: ArrayLike<number>, size: number): Float64Array | null {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = matrix[row + j];
      for (let k = 0; k < j; k++) sum -= lower[row + k] * lower[other + k];
      if (i !== j) lower[row + j] = sum / lower[other + j];
      else if (sum > 0) lower[row + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return lower;
}

/**
 * Solves xA = b in place for every row b of `rows` [count, size], A = L·Lᵀ symmetric.
 * @param lower L from `cholesky`.
 */
export function solveRows(lower: Float64Array, size: number, rows: Float64Array): void {
  for (let start = 0; start < rows.length; start += size) {
    for (let i = 0; i < size; i++) {
      let sum = rows[start + i];
      for (let k = 0; k < i; k++) sum -= lower[i * size + k] * rows[start + k];
      rows[start + i] = sum / lower[i * size + i];
    }
    // Backwards by columns of Lᵀ, which are rows of L and so stand together.
    for (let i = size - 1; i >= 0; i--) {
      const value = rows[start + i] /= lower[i * size + i];
      for (let k = 0; k < i; k++) rows[start + k] -= lower[i * size + k] * value;
    }
  }
}

/** A⁻¹ [size, size], A = L·Lᵀ. */
export function inverse(lower: Float64Array, size: number): Float64Array {
  const rows = new Float64Array(size * size);
  for (let i = 0; i < size; i++) rows[i * size + i] = 1;
  solveRows(lower, size, rows);
  return rows;
}
