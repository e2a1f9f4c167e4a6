/**
 * Reductions over axes.
 * @module
 */
import { REDUCE_KINDS } from "../../runtime/format/operators.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitConcat } from "./concat.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitSlice, partAlong } from "./slice.ts";
import { emitUnary } from "./unary.ts";
import { fromNumbers, stridedIndices, stridesOf } from "./values.ts";
import { toNhwc } from "./window.ts";

/** What the runtime's Reduce can do. */
export type ReduceKind = (typeof REDUCE_KINDS)[number];

/** A pooling window has fewer cells than this. */
const MOST_CELLS = 65536;

/** Emits a reduction that keeps its axes with size 1; a mean or maximum of pictures as a pooling. */
export function emitReduce(
  context: Lowering,
  kind: ReduceKind,
  value: string,
  axes: readonly number[],
): string {
  const from = context.shapeOf(value);
  const shape = from.map((dim, axis) => axes.includes(axis) ? 1 : dim);
  if (axes.length === 0 && kind !== "l2") return value;
  const picture = from.length === 4 && axes.length === 2 && (kind === "mean" || kind === "max") &&
    axes.reduce((cells, axis) => cells * from[axis], 1) < MOST_CELLS;
  if (picture && axes.includes(1) && axes.includes(2)) {
    return emitGlobalPool(context, kind, value);
  }
  if (picture && axes.includes(2) && axes.includes(3)) {
    const pooled = emitGlobalPool(context, kind, toNhwc(context, value));
    return context.emit("Transpose", [pooled], { shape, list: [0, 3, 1, 2] });
  }
  return context.emit("Reduce", [value], {
    shape,
    params: { kind: REDUCE_KINDS.indexOf(kind) },
    list: axes,
  });
}

function emitGlobalPool(
  context: Lowering,
  kind: "mean" | "max",
  value: string,
): string {
  const [n, kernelH, kernelW, c] = context.shapeOf(value);
  return context.emit(kind === "mean" ? "AveragePool2D" : "MaxPool2D", [value], {
    shape: [n, 1, 1, c],
    params: { kernelH, kernelW, strideH: 1, strideW: 1 },
  });
}

/** How one ONNX reduction is computed. */
interface ReduceSpec {
  /** Opset since which the axes are an input. */
  readonly axesInputSince: number;
  /** Exact on integers, so that these may be computed. */
  readonly exact?: boolean;
  /** Folds constants; `values` is what one output element is made of. */
  readonly compute: (values: number[]) => number;
  /** Emits it with its axes kept; left out where it can only be folded. */
  readonly emit?: (
    context: Lowering,
    value: string,
    axes: readonly number[],
  ) => string;
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const largest = (values: number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const smallest = (values: number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);

const simple = (kind: ReduceKind): ReduceSpec["emit"] => (context, value, axes) =>
  emitReduce(context, kind, value, axes);

const REDUCE: Readonly<Record<string, ReduceSpec>> = {
  ReduceMean: {
    axesInputSince: 18,
    compute: (values) => sum(values) / values.length,
    emit: simple("mean"),
  },
  ReduceSum: { axesInputSince: 13, compute: sum, emit: simple("sum") },
  ReduceMax: { axesInputSince: 18, exact: true, compute: largest, emit: simple("max") },
  ReduceMin: { axesInputSince: 18, exact: true, compute: smallest, emit: simple("min") },
  ReduceProd: {
    axesInputSince: 18,
    compute: (values) => values.reduce((a, b) => a * b, 1),
    emit: emitProduct,
  },
  ReduceL1: {
    axesInputSince: 18,
    compute: (values) => sum(values.map(Math.abs)),
    emit: (context, value, axes) =>
      emitReduce(context, "sum", emitUnary(context, "abs", value), axes),
  },
  ReduceL2: {
    axesInputSince: 18,
    compute: (values) => Math.sqrt(sum(values.map((x) => x * x))),
    emit: simple("l2"),
  },
  ReduceSumSquare: {
    axesInputSince: 18,
    compute: (values) => sum(values.map((x) => x * x)),
    emit: (context, value, axes) =>
      emitReduce(
        context,
        "sum",
        emitArithmetic(context, "Mul", value, value),
        axes,
      ),
  },
  ReduceLogSum: {
    axesInputSince: 18,
    compute: (values) => Math.log(sum(values)),
    emit: (context, value, axes) =>
      emitUnary(context, "log", emitReduce(context, "sum", value, axes)),
  },
  ReduceLogSumExp: {
    axesInputSince: 18,
    compute(values) {
      const top = Math.max(largest(values), -Number.MAX_VALUE);
      return Math.log(sum(values.map((x) => Math.exp(x - top)))) + top;
    },
    emit: emitLogSumExp,
  },
};

/** Multiplies one half of each axis with the other until one entry is left. */
function emitProduct(context: Lowering, value: string, axes: readonly number[]): string {
  for (const axis of axes) {
    for (let size = context.shapeOf(value)[axis]; size > 1; size = context.shapeOf(value)[axis]) {
      const shape = context.shapeOf(value);
      const half = size >> 1;
      const [low, high] = [0, half].map((begin) =>
        emitSlice(context, value, partAlong(shape, axis, begin, half))
      );
      const product = emitArithmetic(context, "Mul", low, high);
      if (size % 2 === 0) {
        value = product;
        continue;
      }
      const last = emitSlice(context, value, partAlong(shape, axis, size - 1, 1));
      value = emitConcat(context, [product, last], axis);
    }
  }
  return value;
}

/** The maximum is taken out first, so that no exponential overflows. */
function emitLogSumExp(
  context: Lowering,
  value: string,
  axes: readonly number[],
): string {
  const top = emitReduce(context, "max", value, axes);
  const rest = emitArithmetic(context, "Add", value, top, { factorB: -1 });
  const total = emitReduce(
    context,
    "sum",
    emitUnary(context, "exp", rest),
    axes,
  );
  return emitArithmetic(
    context,
    "Add",
    emitUnary(context, "log", total),
    top,
  );
}

/** Reductions that over no axes are their input, whichever way the standard is read. */
const LINEAR = new Set(["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"]);

/** Axes to reduce; an empty list means all, or none with `noop_with_empty_axes`. */
function axesOf(context: NodeContext, { axesInputSince }: ReduceSpec) {
  const rank = context.shape(0).length;
  const given = context.opset >= axesInputSince
    ? context.constant(1, "axes")
    : context.numbers("axes");
  if (given && given.length > 0) return context.axes(given, rank);
  if (context.number("noop_with_empty_axes", 0) === 1) {
    if (!LINEAR.has(context.node.op)) context.refuse("it has no axes, and is to do nothing");
    return [];
  }
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** ReduceMean, ReduceSum, ReduceMax, … */
export const reductions: readonly Operator[] = Object.entries(REDUCE).map(
  ([name, spec]): Operator => ({
    names: [name],
    takesIntegers: spec.exact,
    infer(context) {
      const axes = axesOf(context, spec);
      const keep = context.number("keepdims", 1) === 1;
      const shape = context.shape(0).flatMap((dim, axis) =>
        axes.includes(axis) ? keep ? [1] : [] : [dim]
      );
      return [{ dtype: context.input(0).dtype, shape }];
    },
    evaluate(context, [{ dtype }]) {
      const axes = axesOf(context, spec);
      const shape = context.shape(0);
      const strides = stridesOf(shape);
      const values = context.values(0);
      const pick = (wanted: boolean, list: readonly number[]) =>
        list.filter((_, axis) => axes.includes(axis) === wanted);
      const inner = stridedIndices(pick(true, shape), pick(true, strides));
      const outer = stridedIndices(pick(false, shape), pick(false, strides));
      return [fromNumbers(
        dtype,
        Array.from(
          outer,
          (base) => spec.compute(Array.from(inner, (offset) => values[base + offset])),
        ),
      )];
    },
    ...(spec.emit && { lower: lowerWith(spec, spec.emit) }),
  }),
);

function lowerWith(spec: ReduceSpec, emit: NonNullable<ReduceSpec["emit"]>) {
  return (context: Lowering): void => {
    const axes = axesOf(context, spec);
    const value = emit(context, context.value(0), axes);
    const shape = context.outputShape();
    context.finish(
      context.shapeOf(value).length === shape.length
        ? value
        : context.emit("Reshape", [value], { shape }),
    );
  };
}
