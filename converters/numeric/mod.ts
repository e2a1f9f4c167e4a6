/**
 * Linear algebra of the compression passes.
 * @module
 */
export { cholesky, inverse, solveRows } from "./cholesky.ts";
export { depthwise, depthwiseSlopes, type Windows } from "./depthwise.ts";
export { addProducts, product, transposed, transposedProduct } from "./products.ts";
