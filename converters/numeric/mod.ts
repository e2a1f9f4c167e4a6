/**
 * Linear algebra of the compression passes.
 * @module
 */
export { cholesky, inverse, solveRows } from "./cholesky.ts";
export { addProducts, transposed, transposedProduct } from "./products.ts";
