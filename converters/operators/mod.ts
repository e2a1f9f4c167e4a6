/**
 * ONNX operators: shape inference, and lowering into the runtime's operators.
 * @module
 */
export { assertSupported, inferShapes } from "./infer_shapes.ts";
export { operators } from "./list.ts";
export { lower } from "./lower.ts";
export type { Operator, TensorType } from "./operator.ts";
