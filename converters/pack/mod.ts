/**
 * Graph to `.kedge`.
 * @module
 */
export { pack, type PackMeta } from "./pack.ts";
