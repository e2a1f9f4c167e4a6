/**
 * MaxPool2D, AveragePool2D, Reduce and Softmax.
 * @module
 */
import { REDUCE_KINDS } from "../format/operators.ts";
import type { TensorArray } from "../format/model.ts";
import { type Context, eachIndex, stridesOf } from "./context.ts";
import { exp, log } from "./math.ts";
import { outputOf, store } from "./requantize.ts";

const f = Math.fround;

/** Largest value in the window; padding never wins. x[N,H,W,C] gives out[N,OH,OW,C]. */
export function maxPool2d(context: Context<"MaxPool2D">): void {
  const [x] = context.values;
  const { min, max } = context.operator.params;
  const output = { integer: false, zeroPoint: 0, min, max };
  eachWindow(context, (cells, to) => {
    let best = -Infinity;
    for (const cell of cells) best = best < x[cell] ? x[cell] : best;
    context.result[to] = store(best, output);
  });
}

/**
 * Mean of the window: f32(sum) ÷ count; int8: f32(Σ(x − zx)) × f32(factor ÷ count). Float sums add
 * row by row. A window that holds no cell gives 0.
 */
export function averagePool2d(context: Context<"AveragePool2D">): void {
  const [x] = context.values;
  const [{ dtype, zeroPoint }] = context.inputs;
  const { params } = context.operator;
  const output = outputOf(context.output, params);
  eachWindow(context, (cells, to, windowSize) => {
    const count = params.countIncludePad ? windowSize : Math.max(cells.length, 1);
    let sum = 0;
    for (const cell of cells) sum = f(sum + x[cell] - zeroPoint);
    const mean = dtype === "int8" ? f(sum * f(params.factor / count)) : f(sum / count);
    context.result[to] = store(mean, output);
  });
}

/**
 * Visits all windows: flat indices of the cells inside the picture, the output's flat index, and
 * how many cells the window has inside the padded picture.
 */
function eachWindow(
  { inputs: [x], output, operator: { params } }:
    | Context<"MaxPool2D">
    | Context<"AveragePool2D">,
  visit: (cells: number[], to: number, windowSize: number) => void,
): void {
  const [, height, width, channels] = x.shape;
  const {
    kernelH,
    kernelW,
    strideH,
    strideW,
    padTop,
    padLeft,
    padBottom,
    padRight,
  } = params;
  eachIndex(output.shape, ([n, oy, ox, c], to) => {
    const top = oy * strideH - padTop;
    const left = ox * strideW - padLeft;
    const rows = Math.min(top + kernelH, height + padBottom) - top;
    const columns = Math.min(left + kernelW, width + padRight) - left;
    const cells: number[] = [];
    for (let y = Math.max(top, 0); y < Math.min(top + kernelH, height); y++) {
      for (
        let xx = Math.max(left, 0);
        xx < Math.min(left + kernelW, width);
        xx++
      ) {
        cells.push(((n * height + y) * width + xx) * channels + c);
      }
    }
    visit(cells, to, rows * columns);
  });
}

/** One of REDUCE_KINDS over the listed axes, in row-major order, float32. */
export function reduce(context: Context<"Reduce">): void {
  const { inputs: [x], values: [data], result, operator } = context;
  const kind = REDUCE_KINDS[operator.params.kind];
  const axes = new Set(operator.list);
  const kept = x.shape.map((dim, axis) => axes.has(axis) ? 1 : dim);
  const steps = stridesOf(kept).map((step, axis) => axes.has(axis) ? 0 : step);
  const count = operator.list.reduce(
    (product, axis) => product * x.shape[axis],
    1,
  );
  const start = kind === "max" ? -Infinity : kind === "min" ? Infinity : 0;
  result.fill(start);
  eachIndex(x.shape, (index, flat) => {
    const to = index.reduce((sum, i, axis) => sum + i * steps[axis], 0);
    const value = data[flat];
    const old = result[to];
    if (kind === "max") result[to] = old < value ? value : old;
    else if (kind === "min") result[to] = value < old ? value : old;
    else result[to] = f(old + (kind === "l2" ? f(value * value) : value));
  });
  for (let i = 0; i < result.length; i++) {
    if (kind === "mean") result[i] = f(result[i] / count);
    if (kind === "l2") result[i] = f(Math.sqrt(result[i]));
  }
}

/** Over the last axis: exp(x − max) ÷ Σ exp(x − max); with `log`, (x − max) − ln Σ exp(x − max). */
export function softmax(context: Context<"Softmax">): void {
  const { inputs: [{ shape, size }], values: [x], result, operator } = context;
  if (!operator.params.log) return plainSoftmax(context);
  const depth = shape[shape.length - 1];
  for (let row = 0; row < size; row += depth) {
    const top = largest(x, row, depth);
    const logSum = log(exponentials(context, row, depth, top));
    for (let i = row; i < row + depth; i++) result[i] = f(f(x[i] - top) - logSum);
  }
}

/** The same without `log`. */
export function plainSoftmax(context: Context<"Softmax">): void {
  const { inputs: [{ shape, size }], values: [x], result } = context;
  const depth = shape[shape.length - 1];
  for (let row = 0; row < size; row += depth) {
    const sum = exponentials(context, row, depth, largest(x, row, depth));
    for (let i = row; i < row + depth; i++) result[i] = f(result[i] / sum);
  }
}

function largest(x: TensorArray, row: number, depth: number): number {
  let top = -Infinity;
  for (let i = row; i < row + depth; i++) top = top < x[i] ? x[i] : top;
  return top;
}

/** Sets a row of the result to exp(x − top); gives the sum, from first to last. */
function exponentials(
  { values: [x], result }: Context,
  row: number,
  depth: number,
  top: number,
): number {
  let sum = 0;
  for (let i = row; i < row + depth; i++) {
    result[i] = exp(f(x[i] - top));
    sum = f(sum + result[i]);
  }
  return sum;
}
