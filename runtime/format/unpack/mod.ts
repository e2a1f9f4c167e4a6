/**
 * All codings, each under its own name.
 * @module
 */
export { binary, bits, int2, int4, ternary } from "./bits.ts";
export { adaptive } from "./adaptive.ts";
export { concise } from "./concise.ts";
export { rans } from "./rans.ts";
export { bitmask, live, n_of_m } from "./sparse.ts";
export { codebook, groups, pow2 } from "./tables.ts";
export { transposed } from "./transposed.ts";
