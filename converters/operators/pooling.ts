/**
 * Pooling of NHWC pictures in the runtime's operators, dilated windows included.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import { emitSlice } from "./slice.ts";
import { type Window, windowParams } from "./window.ts";

/** What is made of the cells of a window; "mean" leaves padding out, "meanPadded" counts it. */
export type PoolKind = "max" | "mean" | "meanPadded" | "sum";

/** Emits a pooling of x[N,H,W,C] by a window over height and width. */
export function emitPool(
  context: Lowering,
  kind: PoolKind,
  x: string,
  window: Window,
): string {
  const [batch, , , channels] = context.shapeOf(x);
  const shape = [batch, ...window.output, channels];
  const reached = reach(window, context.shapeOf(x).slice(1, 3));
  if (window.dilations.some((step) => step > 1)) {
    return kind === "max"
      ? emitDilatedMax(context, x, reached)
      : emitDilatedMean(context, kind, x, window, reached);
  }
  const [kernelH, kernelW] = window.kernel;
  const params = { ...windowParams(reached), kernelH, kernelW };
  switch (kind) {
    case "max":
      return context.emit("MaxPool2D", [x], { shape, params });
    case "mean":
      return context.emit("AveragePool2D", [x], { shape, params });
    case "sum": {
      const mean = context.emit("AveragePool2D", [x], {
        shape,
        params: { ...params, countIncludePad: 1 },
      });
      const area = context.newConstant([], [kernelH * kernelW]);
      return emitArithmetic(context, "Mul", mean, area);
    }
    case "meanPadded": {
      const extended = reached.after.some((pad, i) => pad !== window.after[i]);
      if (!extended) {
        return context.emit("AveragePool2D", [x], {
          shape,
          params: { ...params, countIncludePad: 1 },
        });
      }
      // What ceil_mode adds does not count, other than the padding, which becomes part of the input.
      const padded = emitPadded(context, x, window, 0);
      const after = reached.after.map((pad, i) => pad - window.after[i]);
      return emitPool(context, "mean", padded, { ...window, before: [0, 0], after });
    }
  }
}

/** The window with exactly the padding behind that its last step needs, or more that is asked for. */
function reach(window: Window, spatial: readonly number[]): Window {
  const after = window.after.map((pad, i) => {
    const extent = (window.kernel[i] - 1) * window.dilations[i] + 1;
    const last = (window.output[i] - 1) * window.strides[i] + extent;
    return Math.max(pad, last - spatial[i] - window.before[i]);
  });
  return { ...window, after };
}

function emitPadded(context: Lowering, x: string, { before, after }: Window, value: number) {
  if ([...before, ...after].every((pad) => pad === 0)) return x;
  const [batch, height, width, channels] = context.shapeOf(x);
  return context.emit("Pad", [x], {
    shape: [batch, height + before[0] + after[0], width + before[1] + after[1], channels],
    params: { value },
    list: [0, ...before, 0],
  });
}

/** The maximum of slices, first along the columns of the window, then along its rows. */
function emitDilatedMax(context: Lowering, x: string, window: Window): string {
  let value = emitPadded(context, x, window, -Infinity);
  for (const i of [1, 0]) {
    const shape = [...context.shapeOf(value)];
    shape[i + 1] = window.output[i];
    const taps = Array.from({ length: window.kernel[i] }, (_, tap) => {
      const begin = [0, 0, 0, 0];
      const step = [1, 1, 1, 1];
      begin[i + 1] = tap * window.dilations[i];
      step[i + 1] = window.strides[i];
      return emitSlice(context, value, { begin, step, shape });
    });
    value = taps.reduce((a, b) => emitArithmetic(context, "Maximum", a, b));
  }
  return value;
}

/** A depthwise convolution with ones, over the number of cells that count. */
function emitDilatedMean(
  context: Lowering,
  kind: PoolKind,
  x: string,
  window: Window,
  reached: Window,
): string {
  const [batch, height, width, channels] = context.shapeOf(x);
  const { kernel: [kernelH, kernelW], output, dilations: [dilationH, dilationW] } = window;
  const ones = new Array<number>(kernelH * kernelW * channels).fill(1);
  const sum = context.emit("DepthwiseConv2D", [
    x,
    context.newConstant([kernelH, kernelW, channels], ones),
  ], {
    shape: [batch, ...output, channels],
    params: { ...windowParams(reached), dilationH, dilationW },
  });
  if (kind === "sum") return sum;
  const counts = [height, width].map((size, i) => countsAlong(window, size, i, kind));
  const factors = counts[0].flatMap((rows) => counts[1].map((columns) => 1 / (rows * columns)));
  return emitArithmetic(context, "Mul", sum, context.newConstant([...output, 1], factors));
}

/** How many cells count along one axis, for each step of the window. */
function countsAlong(window: Window, size: number, axis: number, kind: PoolKind): number[] {
  const { kernel, strides, dilations, before, after, output } = window;
  const [low, high] = kind === "meanPadded" ? [-before[axis], size + after[axis]] : [0, size];
  return Array.from({ length: output[axis] }, (_, step) => {
    const taps = Array.from(
      { length: kernel[axis] },
      (_, tap) => step * strides[axis] - before[axis] + tap * dilations[axis],
    );
    return Math.max(taps.filter((at) => at >= low && at < high).length, 1);
  });
}
