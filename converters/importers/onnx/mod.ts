/**
 * The ONNX importer.
 * @module
 */
export { importOnnx, type ImportOptions } from "./import.ts";
export { fixInputs } from "./fix_inputs.ts";
export type { ModelSource } from "./source.ts";
