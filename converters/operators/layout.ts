/**
 * Between ONNX's channels first and the runtime's channels last.
 * @module
 */
import type { Lowering } from "./lowering.ts";

/** Axes of NHWC in NCHW. */
export const TO_NHWC = [0, 2, 3, 1];
/** Axes of NCHW in NHWC. */
export const TO_NCHW = [0, 3, 1, 2];

/** A [N,C,L] or [N,C,H,W] input as NHWC; L stands as the width. */
export function toNhwc(context: Lowering, value: string): string {
  let shape = context.shapeOf(value);
  if (shape.length === 3) {
    shape = [shape[0], shape[1], 1, shape[2]];
    value = context.emit("Reshape", [value], { shape });
  }
  const nhwc = TO_NHWC.map((axis) => shape[axis]);
  return context.emit("Transpose", [value], { shape: nhwc, list: TO_NHWC });
}

/** An NHWC value as the node's output in its own layout. */
export function finishFromNhwc(context: Lowering, value: string): void {
  const shape = TO_NCHW.map((axis) => context.shapeOf(value)[axis]);
  let output = context.emit("Transpose", [value], { shape, list: TO_NCHW });
  if (context.outputShape().length === 3) {
    output = context.emit("Reshape", [output], { shape: context.outputShape() });
  }
  context.finish(output);
}
