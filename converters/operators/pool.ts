/**
 * MaxPool, AveragePool and LpPool over one, two or three axes, and GlobalLpPool.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitPool, type PoolKind } from "./pooling.ts";
import { emitUnary } from "./unary.ts";
import { finishNhwc, flatten2d, toNhwc, type Window, windowOf } from "./window.ts";

function geometry(context: NodeContext): Window {
  const spatial = context.shape(0).slice(2);
  const kernel = context.numbers("kernel_shape") ??
    context.fail("its kernel is missing", "no kernel_shape", "kernel_shape");
  return windowOf(context, spatial, kernel);
}

/** Part of a window: the axes from `begin` to `end`. */
function axesOf(window: Window, begin: number, end: number): Window {
  const part = (sizes: number[]) => sizes.slice(begin, end);
  return {
    kernel: part(window.kernel),
    strides: part(window.strides),
    dilations: part(window.dilations),
    before: part(window.before),
    after: part(window.after),
    output: part(window.output),
  };
}

/** Pools the node's input, in its own layout, and finishes the node. */
function lowerPool(
  context: Lowering,
  kind: PoolKind,
  before: (x: string) => string = (x) => x,
  after: (x: string) => string = (x) => x,
): void {
  const window = geometry(context);
  if (context.shape(0).length < 5) {
    const x = before(toNhwc(context, context.value(0)));
    finishNhwc(context, after(emitPool(context, kind, x, flatten2d(window))));
    return;
  }
  const x = context.emit("Transpose", [context.value(0)], {
    shape: [0, 2, 3, 4, 1].map((axis) => context.shape(0)[axis]),
    list: [0, 2, 3, 4, 1],
  });
  const pooled = after(emitPool3d(context, kind, before(x), window));
  context.finish(
    context.emit("Transpose", [pooled], {
      shape: context.outputShape(),
      list: [0, 4, 1, 2, 3],
    }),
  );
}

/** Boxes are pooled along height and width first, then along depth: x[N,D,H,W,C]. */
function emitPool3d(context: Lowering, kind: PoolKind, x: string, window: Window): string {
  const [n, d, h, w, c] = context.shapeOf(x);
  const [depth, height, width] = window.output;
  const pictures = context.emit("Reshape", [x], { shape: [n * d, h, w, c] });
  const flat = emitPool(context, kind, pictures, axesOf(window, 1, 3));
  const rows = context.emit("Reshape", [flat], { shape: [n, d, height * width, c] });
  const still = { kernel: 1, strides: 1, dilations: 1, before: 0, after: 0 };
  const along = axesOf(window, 0, 1);
  const pooled = emitPool(context, kind, rows, {
    kernel: [...along.kernel, still.kernel],
    strides: [...along.strides, still.strides],
    dilations: [...along.dilations, still.dilations],
    before: [...along.before, still.before],
    after: [...along.after, still.after],
    output: [depth, height * width],
  });
  return context.emit("Reshape", [pooled], { shape: [n, depth, height, width, c] });
}

function pool(
  name: string,
  lower: (context: Lowering) => void,
  takesIntegers = false,
): Operator {
  return {
    names: [name],
    takesIntegers,
    infer(context) {
      const shape = context.shapeOfRank(0, 3, 5);
      const { kernel, dilations, before, after, output } = geometry(context);
      const tooMuch = kernel.some((size, i) =>
        Math.max(before[i], after[i]) > (size - 1) * dilations[i]
      );
      if (tooMuch) context.refuse("its padding is as large as its kernel");
      const { dtype } = context.input(0);
      return [{ dtype, shape: [...shape.slice(0, 2), ...output] }];
    },
    lower,
  };
}

/** Largest value in the window; its second output, the indices, is not computed. */
export const maxPool: Operator = pool("MaxPool", (context) => lowerPool(context, "max"), true);

/** Mean of the window. */
export const averagePool: Operator = pool(
  "AveragePool",
  (context) => lowerPool(context, context.number("count_include_pad", 0) ? "meanPadded" : "mean"),
);

/** p of an Lp norm. */
function powerOf(context: NodeContext): number {
  const power = context.number("p", 2);
  return power >= 1 ? power : context.fail("its p is not possible", `${power}`, "1 or more");
}

/** |x| to the power of p. */
export function emitPower(context: Lowering, x: string, power: number): string {
  if (power === 2) return emitArithmetic(context, "Mul", x, x);
  const size = emitUnary(context, "abs", x);
  return power === 1
    ? size
    : emitArithmetic(context, "Pow", size, context.newConstant([], [power]));
}

/** The p-th root of x. */
export function emitRoot(context: Lowering, x: string, power: number): string {
  if (power === 1) return x;
  return power === 2
    ? emitUnary(context, "sqrt", x)
    : emitArithmetic(context, "Pow", x, context.newConstant([], [1 / power]));
}

/** Lp norm of the window. */
export const lpPool: Operator = pool("LpPool", (context) => {
  const power = powerOf(context);
  lowerPool(
    context,
    "sum",
    (x) => emitPower(context, x, power),
    (x) => emitRoot(context, x, power),
  );
});
