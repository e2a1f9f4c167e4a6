/**
 * The arithmetic of kedge in plain TypeScript.
 * @module
 */
export { runReference } from "./run.ts";
export { hash32 } from "../format/hash.ts";
