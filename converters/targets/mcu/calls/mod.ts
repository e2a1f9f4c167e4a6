/**
 * How every operator is called in C.
 * @module
 */
export { EMITTERS } from "./list.ts";
export type { Call, CallContext, CallEmitter, Layer } from "./layer.ts";
