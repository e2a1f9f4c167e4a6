/**
 * What only some models need of the runtime: here, everything. In a bundle another file stands in place
 * of this one, which says what its model needs (converters/targets/deno/needs.ts); what stands behind
 * a `false` is left out.
 * @module
 */

/** Whether kernels may run on several threads. */
export const THREADS: boolean = true;
/** Whether float32 constants stand in the file as float32, */
export const FLOAT32: boolean = true;
/** as float16, */
export const FLOAT16: boolean = true;
/** or as int8 with scales. */
export const SCALED: boolean = true;
/** Whether int32 constants stand in the file as int32, */
export const INT32: boolean = true;
/** or as int16. */
export const INT16: boolean = true;
/** Whether pixels go where the channels stand one behind the other. */
export const PLANAR: boolean = true;
