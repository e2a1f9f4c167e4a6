/**
 * The ONNX importer.
 * @module
 */
export { importOnnx, type ImportOptions } from "./import.ts";
export type { ModelSource } from "./source.ts";
