/**
 * QLinearConv, QLinearMatMul, ConvInteger and MatMulInteger: products of integers, held as float32.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { broadcastShapes } from "./broadcast.ts";
import { checkConvolution, lowerConvolution } from "./convolution.ts";
import type { Lowering } from "./lowering.ts";
import { emitMatMul, matMulShape } from "./matmul.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitSaturated } from "./quantize_linear.ts";
import { emitUnary } from "./unary.ts";

/** Float32 holds integers exactly below this. */
const EXACT = 2 ** 24;

/** Largest distance of an 8-bit value from its zero point. */
const REACH = 255;

/** Whether a per-channel operand has one value for all, or one for each of `count` channels. */
function checkChannels(context: NodeContext, index: number, count: number): void {
  const size = sizeOf(context.shape(index));
  if (size === 1 || size === count) return;
  context.fail(`input ${index} does not fit`, text(context.shape(index)), `1 or ${count} values`);
}

/** An operand of shape [n] (or one value) as one that broadcasts along `axis` of `rank` axes. */
function emitAlong(context: Lowering, index: number, axis: number, rank: number): string {
  const size = sizeOf(context.shape(index));
  const shape = size === 1 ? [] : Array.from({ length: rank }, (_, i) => i === axis ? size : 1);
  const value = context.value(index);
  return text(context.shapeOf(value)) === text(shape)
    ? value
    : context.emit("Reshape", [value], { shape });
}

/** x − zero point (input `zeroAt`, which may be absent). */
function emitCentred(context: Lowering, index: number, zeroAt: number, axis = 0, rank = 0): string {
  const x = context.value(index);
  if (!context.has(zeroAt)) return x;
  const zero = emitAlong(context, zeroAt, axis, rank);
  return emitArithmetic(context, "Add", x, zero, { factorB: -1 });
}

/** Bounds of int32; they also keep what follows from being folded into integer weights. */
function emitInt32(context: Lowering, sum: string): string {
  return emitUnary(context, "clip", sum, -(2 ** 31), 2 ** 31);
}

/** Where a convolution of integers has its inputs. */
interface Places {
  readonly weights: number;
  readonly bias: number;
  readonly xZero: number;
  readonly wZero: number;
}

/** A bias that no operator has. */
const NO_INPUT = 99;

function checkIntegerConvolution(context: NodeContext, at: Places): number[] {
  const { shape } = checkConvolution(context, at.weights, at.bias);
  for (const i of [at.xZero, at.wZero, at.bias]) context.constant(i, "zero points");
  if (context.has(at.wZero)) checkChannels(context, at.wZero, context.shape(at.weights)[0]);
  return shape;
}

/** Emits the sums of (x − xZero) · (w − wZero), and finishes with what `after` makes of them. */
function lowerIntegerConvolution(
  context: Lowering,
  at: Places,
  after: (sum: string) => string,
): void {
  const convolution = checkConvolution(context, at.weights, at.bias);
  const shape = context.shape(at.weights);
  const zeros = context.has(at.wZero) ? context.values(at.wZero) : [0];
  const inner = sizeOf(shape) / shape[0];
  const zeroOf = (i: number) => zeros.length === 1 ? zeros[0] : zeros[Math.floor(i / inner)];
  lowerConvolution(
    context,
    convolution,
    emitCentred(context, 0, at.xZero),
    {
      shape,
      constant: (key, made, make) =>
        context.constantFrom(
          at.weights,
          `${key} − ${zeros}`,
          made,
          (data) => make(data.map((w, i) => w - zeroOf(i))),
        ),
    },
    context.has(at.bias) ? [context.value(at.bias)] : [],
    after,
  );
}

const PLAIN: Places = { weights: 1, bias: NO_INPUT, xZero: 2, wZero: 3 };

/** Sums of integer products as int32. */
export const convInteger: Operator = {
  names: ["ConvInteger"],
  takesIntegers: true,
  infer(context) {
    const depth = sizeOf(context.shape(1).slice(1));
    if (depth * REACH ** 2 >= EXACT) context.refuse(`its sums of ${depth} products may be inexact`);
    return [{ dtype: "int32", shape: checkIntegerConvolution(context, PLAIN) }];
  },
  lower: (context) => lowerIntegerConvolution(context, PLAIN, (sum) => emitInt32(context, sum)),
};

const SCALED: Places = { weights: 3, bias: 8, xZero: 2, wZero: 5 };

/** sum · (scaleA · scaleB / scaleY), rounded, with the zero point of the output. */
function emitRequantized(context: Lowering, sum: string, factor: string, zeroAt: number): string {
  const scaled = emitArithmetic(context, "Mul", emitInt32(context, sum), factor);
  const zero = emitAlong(context, zeroAt, 0, 0);
  return emitSaturated(context, scaled, zero, context.input(zeroAt).dtype);
}

/** A convolution of quantized integers, quantized again. */
export const qLinearConv: Operator = {
  names: ["QLinearConv"],
  takesIntegers: true,
  infer(context) {
    for (const i of [1, 4, 6, 7]) context.constant(i, "scales");
    checkChannels(context, 4, context.shape(3)[0]);
    return [{ dtype: context.input(7).dtype, shape: checkIntegerConvolution(context, SCALED) }];
  },
  lower(context) {
    const [[x], w, [y]] = [1, 4, 6].map((i) => context.values(i));
    // Channels are last while the convolution's result is not finished.
    const factors = w.map((scale) => Math.fround(Math.fround(x * scale) / y));
    const factor = context.newConstant(w.length === 1 ? [] : [w.length], factors);
    lowerIntegerConvolution(
      context,
      SCALED,
      (sum) => emitRequantized(context, sum, factor, 7),
    );
  },
};

/** Zero points and scales along the rows of A or the columns of B. */
function checkMatrix(
  context: NodeContext,
  operand: number,
  indices: readonly number[],
  axis: -1 | -2,
) {
  const size = context.shape(operand).at(axis) ?? 1;
  for (const i of indices) if (context.has(i)) checkChannels(context, i, size);
}

/** Sums of integer products as int32. */
export const matMulInteger: Operator = {
  names: ["MatMulInteger"],
  takesIntegers: true,
  infer(context) {
    checkMatrix(context, 0, [2], -2);
    checkMatrix(context, 1, [3], -1);
    const depth = context.shape(0).at(-1) ?? 1;
    if (depth * REACH ** 2 >= EXACT) context.refuse(`its sums of ${depth} products may be inexact`);
    return [{ dtype: "int32", shape: matMulShape(context, context.shape(0), context.shape(1)) }];
  },
  lower(context) {
    const [a, b] = [context.shape(0).length, context.shape(1).length];
    const left = emitCentred(context, 0, 2, a - 2, a);
    const right = emitCentred(context, 1, 3, b - 1, b);
    context.finish(emitMatMul(context, left, right));
  },
};

/** A product of quantized matrices, quantized again. */
export const qLinearMatMul: Operator = {
  names: ["QLinearMatMul"],
  takesIntegers: true,
  infer(context) {
    checkMatrix(context, 0, [1, 2], -2);
    checkMatrix(context, 3, [4, 5], -1);
    for (const i of [6, 7]) checkChannels(context, i, 1);
    const shape = matMulShape(context, context.shape(0), context.shape(3));
    return [{ dtype: context.input(7).dtype, shape }];
  },
  lower(context) {
    const [a, b] = [context.shape(0).length, context.shape(3).length];
    const left = emitCentred(context, 0, 2, a - 2, a);
    const right = emitCentred(context, 3, 5, b - 1, b);
    const sum = emitMatMul(context, left, right);
    const rank = context.shapeOf(sum).length;
    const scales = emitArithmetic(
      context,
      "Mul",
      emitAlong(context, 1, rank - 2, rank),
      emitAlong(context, 4, rank - 1, rank),
    );
    const factor = emitArithmetic(context, "Div", scales, emitAlong(context, 6, 0, 0));
    broadcastShapes(context, [context.shapeOf(sum), context.shapeOf(factor)]);
    context.finish(emitRequantized(context, sum, factor, 7));
  },
};
