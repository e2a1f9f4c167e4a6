/**
 * Lossless rewrites.
 * @module
 */
export { simplify } from "./simplify.ts";
