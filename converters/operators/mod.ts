/**
 * ONNX operators: shapes, constant folding, and lowering into the runtime's own.
 * @module
 */
export { assertSupported, inferShapes } from "./infer_shapes.ts";
export { lower } from "./lower.ts";
export { supportedOperators } from "./registry.ts";
