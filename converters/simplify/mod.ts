/**
 * Lossless rewrites.
 * @module
 */
export { simplify, simplifyNoting } from "./simplify.ts";
