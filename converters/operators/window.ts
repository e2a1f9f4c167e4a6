/**
 * Windows that slide over a picture: padding, output size, and 1-D as 2-D.
 * @module
 */
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";

/** A window, per spatial axis. */
export interface Window {
  kernel: number[];
  strides: number[];
  dilations: number[];
  /** Padding before each axis. */
  before: number[];
  /** Padding behind each axis. */
  after: number[];
  /** Size of the output. */
  output: number[];
}

/**
 * The window of a convolution or pooling over pictures of size `spatial`.
 * `auto_pad` as in the ONNX operators Conv and MaxPool; with `ceil_mode`, windows that would begin in
 * the padding behind are left out (opset 22).
 */
export function windowOf(
  context: NodeContext,
  spatial: readonly number[],
  kernel: readonly number[],
): Window {
  const rank = spatial.length;
  if (kernel.length !== rank || !kernel.every((size) => size >= 1)) {
    context.fail(
      "its kernel does not fit its input",
      `kernel ${text(kernel)}`,
      `${rank} sizes of at least 1`,
    );
  }
  const strides = context.sizes("strides", rank, 1, 1);
  const dilations = context.sizes("dilations", rank, 1, 1);
  const reach = kernel.map((size, i) => (size - 1) * dilations[i] + 1);
  const pads = padding(context, spatial, reach, strides);
  const before = pads.slice(0, rank);
  const after = pads.slice(rank);
  const ceil = context.number("ceil_mode", 0) === 1;
  const output = spatial.map((size, i) => {
    const steps = (size + before[i] + after[i] - reach[i]) / strides[i];
    const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    const beginsBehind = (count - 1) * strides[i] >= size + before[i];
    return ceil && beginsBehind ? count - 1 : count;
  });
  if (!output.every((size) => size >= 1)) {
    context.fail(
      "its window is larger than its input",
      `window ${text(reach)} on ${text(spatial)}`,
      "a window that fits at least once",
    );
  }
  return { kernel: [...kernel], strides, dilations, before, after, output };
}

function padding(
  context: NodeContext,
  spatial: readonly number[],
  reach: readonly number[],
  strides: readonly number[],
): number[] {
  const mode = context.string("auto_pad", "NOTSET");
  const rank = spatial.length;
  if (mode === "NOTSET") return context.sizes("pads", 2 * rank, 0, 0);
  if (mode === "VALID") return new Array(2 * rank).fill(0);
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") {
    context.fail(
      'its attribute "auto_pad" is not known',
      `"${mode}"`,
      "NOTSET, VALID, SAME_UPPER or SAME_LOWER",
    );
  }
  const totals = spatial.map((size, i) => {
    const output = Math.ceil(size / strides[i]);
    return Math.max((output - 1) * strides[i] + reach[i] - size, 0);
  });
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total) => Math.ceil(total / 2));
  return mode === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}

/** A window over height and width, a 1-D one having height 1. */
export function flatten2d(window: Window): Window {
  const [kernel, strides, dilations] = [
    window.kernel,
    window.strides,
    window.dilations,
  ].map((sizes) => sizes.length === 1 ? [1, ...sizes] : sizes);
  const [before, after] = [window.before, window.after].map((sizes) =>
    sizes.length === 1 ? [0, ...sizes] : sizes
  );
  const output = window.output.length === 1 ? [1, ...window.output] : window.output;
  return { kernel, strides, dilations, before, after, output };
}

/** The window as parameters of the runtime's operators. */
export function windowParams({ strides, before, after }: Window) {
  return {
    strideH: strides[0],
    strideW: strides[1],
    padTop: before[0],
    padLeft: before[1],
    padBottom: after[0],
    padRight: after[1],
  };
}

/** x[N,C,W] or x[N,C,H,W] as [N,H,W,C]. */
export function toNhwc(context: Lowering, value: string): string {
  const shape = context.shapeOf(value);
  const [n, c, h, w] = shape.length === 3 ? [shape[0], shape[1], 1, shape[2]] : shape;
  const picture = shape.length === 3
    ? context.emit("Reshape", [value], { shape: [n, c, h, w] })
    : value;
  return context.emit("Transpose", [picture], {
    shape: [n, h, w, c],
    list: [0, 2, 3, 1],
  });
}

/** The node's output out of [N,H,W,C]. */
export function finishNhwc(context: Lowering, value: string): void {
  const [n, h, w, c] = context.shapeOf(value);
  const picture = context.emit("Transpose", [value], {
    shape: [n, c, h, w],
    list: [0, 3, 1, 2],
  });
  const shape = context.outputShape();
  context.finish(
    shape.length === 4 ? picture : context.emit("Reshape", [picture], { shape }),
  );
}
