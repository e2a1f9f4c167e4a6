/**
 * What Conv and its integer relatives have in common: geometry, and convolutions in the runtime's
 * operators. One over three axes is a sum of those over two.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import { emitSlice } from "./slice.ts";
import { transposeData } from "./values.ts";
import { finishNhwc, flatten2d, toNhwc, type Window, windowOf, windowParams } from "./window.ts";

/** A convolution that is found sound. */
export interface Convolution {
  readonly window: Window;
  readonly groups: number;
  /** Shape of the output, channels first. */
  readonly shape: number[];
}

/** Checks input, weights (input `weightAt`) and bias against each other. */
export function checkConvolution(
  context: NodeContext,
  weightAt: number,
  biasAt: number,
): Convolution {
  const x = context.shapeOfRank(0, 3, 5);
  const w = context.shapeOfRank(weightAt, x.length);
  const groups = context.number("group", 1);
  const fits = Number.isInteger(groups) && groups >= 1 &&
    w[1] * groups === x[1] && w[0] % groups === 0;
  if (!fits) {
    context.fail(
      "its weight does not fit its input",
      `weight ${text(w)}, input ${text(x)}, ${groups} groups`,
      "weight [O, C / groups, …] with O a multiple of groups",
    );
  }
  if (context.has(biasAt) && text(context.shape(biasAt)) !== text([w[0]])) {
    context.fail(
      "its bias does not fit its weight",
      `bias ${text(context.shape(biasAt))}`,
      `bias ${text([w[0]])}`,
    );
  }
  const kernel = w.slice(2);
  const declared = context.numbers("kernel_shape");
  if (declared && text(declared) !== text(kernel)) {
    context.fail(
      "its weight does not fit its kernel",
      `weight ${text(w)}`,
      `kernel ${text(declared)}`,
    );
  }
  const window = windowOf(context, x.slice(2), kernel);
  if (!context.isConstant(weightAt)) context.refuse("its weights are computed, not constant");
  return { window, groups, shape: [x[0], w[0], ...window.output] };
}

/** Weights [O, I, …] of a node as constants. */
export interface Weights {
  readonly shape: readonly number[];
  /** A constant made from all of the weights; `key` tells what is made. */
  constant(
    key: string,
    shape: readonly number[],
    make: (data: Float32Array) => Float32Array,
  ): string;
}

/** Emits a convolution of x, channels first, and finishes the node with what `after` makes of it. */
export function lowerConvolution(
  context: Lowering,
  { window, groups }: Convolution,
  x: string,
  weights: Weights,
  bias: readonly string[],
  after: (value: string) => string = (value) => value,
): void {
  if (window.kernel.length < 3) {
    const flat = flatten2d(window);
    const picture = toNhwc(context, x);
    finishNhwc(context, after(emitPicture(context, picture, flat, groups, weights, 0, bias)));
    return;
  }
  const from = context.shapeOf(x);
  const last = context.emit("Transpose", [x], {
    shape: [0, 2, 3, 4, 1].map((axis) => from[axis]),
    list: [0, 2, 3, 4, 1],
  });
  const value = after(emitVolume(context, last, window, groups, weights, bias));
  const shape = context.outputShape();
  context.finish(context.emit("Transpose", [value], { shape, list: [0, 4, 1, 2, 3] }));
}

/** Emits a convolution of x[N,H,W,C] by slice `depth` of the weights. */
function emitPicture(
  context: Lowering,
  x: string,
  window: Window,
  groups: number,
  weights: Weights,
  depth: number,
  bias: readonly string[],
): string {
  const [batch, , , channels] = context.shapeOf(x);
  const [outputs] = weights.shape;
  const [dilationH, dilationW] = window.dilations;
  const shape = [batch, ...window.output, outputs];
  const params = { ...windowParams(window), dilationH, dilationW };
  const depthwise = groups > 1 && groups === channels && outputs === channels;
  const filter = emitWeights(weights, window.kernel, depth, depthwise);
  return depthwise
    ? context.emit("DepthwiseConv2D", [x, filter, ...bias], { shape, params })
    : context.emit("Conv2D", [x, filter, ...bias], { shape, params: { ...params, groups } });
}

/** OIHW to OHWI, or C1HW to HWC; of [O, I, D, H, W] one slice. */
function emitWeights(
  weights: Weights,
  [h, w]: readonly number[],
  depth: number,
  depthwise: boolean,
): string {
  const [o, i] = weights.shape;
  const area = h * w;
  const deep = weights.shape.length === 5 ? weights.shape[2] : 1;
  const slice = (data: Float32Array) =>
    deep === 1
      ? data
      : Float32Array.from({ length: o * i * area }, (_, at) =>
        data[(Math.floor(at / area) * deep + depth) * area + at % area]);
  const key = deep === 1 ? "" : ` ${depth}`;
  return depthwise
    ? weights.constant(
      `HWC${key}`,
      [h, w, o],
      (data) => transposeData(slice(data), [o, h, w], [1, 2, 0]),
    )
    : weights.constant(
      `OHWI${key}`,
      [o, h, w, i],
      (data) => transposeData(slice(data), [o, i, h, w], [0, 2, 3, 1]),
    );
}

/** Emits a convolution of x[N,D,H,W,C]: one of pictures for each slice of the kernel, added up. */
function emitVolume(
  context: Lowering,
  x: string,
  window: Window,
  groups: number,
  weights: Weights,
  bias: readonly string[],
): string {
  const [n, d, h, w, c] = context.shapeOf(x);
  const depth = d + window.before[0] + window.after[0];
  const padded = depth === d ? x : context.emit("Pad", [x], {
    shape: [n, depth, h, w, c],
    list: [0, window.before[0], 0, 0, 0],
  });
  const [outputs, height, width] = window.output;
  const rest = (sizes: number[]) => sizes.slice(1);
  const flat: Window = {
    kernel: rest(window.kernel),
    strides: rest(window.strides),
    dilations: rest(window.dilations),
    before: rest(window.before),
    after: rest(window.after),
    output: rest(window.output),
  };
  const parts = Array.from({ length: window.kernel[0] }, (_, tap) => {
    const part = emitSlice(context, padded, {
      begin: [0, tap * window.dilations[0], 0, 0, 0],
      step: [1, outputs === 1 ? 1 : window.strides[0], 1, 1, 1],
      shape: [n, outputs, h, w, c],
    });
    const pictures = context.emit("Reshape", [part], { shape: [n * outputs, h, w, c] });
    const share = tap === 0 ? bias : [];
    return emitPicture(context, pictures, flat, groups, weights, tap, share);
  });
  const sum = parts.reduce((a, b) => emitArithmetic(context, "Add", a, b));
  return context.emit("Reshape", [sum], {
    shape: [n, outputs, height, width, weights.shape[0]],
  });
}
