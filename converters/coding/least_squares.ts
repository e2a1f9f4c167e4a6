/**
 * Normal equations.
 * @module
 */

/**
 * Solves them by Cholesky's method.
 * @param products lower half of n × n sums of products of the inputs.
 * @param targets n sums of products with what is wanted.
 * @param ridge is added to the diagonal.
 */
export function leastSquares(
  products: Float64Array,
  targets: Float64Array,
  ridge: number,
): Float64Array {
  const n = targets.length;
  const lower = new Float64Array(n * n);
  const x = targets.slice();
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = products[a * n + b] + (a === b ? ridge : 0);
      for (let k = 0; k < b; k++) sum -= lower[a * n + k] * lower[b * n + k];
      lower[a * n + b] = a === b ? Math.sqrt(Math.max(sum, ridge)) : sum / lower[b * n + b];
    }
    for (let k = 0; k < a; k++) x[a] -= lower[a * n + k] * x[k];
    x[a] /= lower[a * n + a];
  }
  for (let a = n - 1; a >= 0; a--) {
    for (let k = a + 1; k < n; k++) x[a] -= lower[k * n + a] * x[k];
    x[a] /= lower[a * n + a];
  }
  return x;
}
