/**
 * Lossy passes.
 * @module
 */
export { correctBias, MeanPatchObserver } from "./correct_bias.ts";
export { quantize, type QuantizeOptions } from "./quantize.ts";
export { toFloat16 } from "./float16.ts";
