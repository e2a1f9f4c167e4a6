/**
 * ONNX, as a format to write.
 * @module
 */
export { exportOnnx } from "./export_onnx.ts";
