/**
 * Gemm.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { broadcastIndices, broadcastShapes } from "./broadcast.ts";
import type { Lowering } from "./lowering.ts";
import { text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { transposeData } from "./values.ts";

/** α·A'·B' + β·C, where A' and B' may be transposed. */
export const gemm: Operator = {
  names: ["Gemm"],
  infer(context) {
    const a = context.shapeOfRank(0, 2);
    const b = context.shapeOfRank(1, 2);
    const [m, depth] = context.number("transA", 0) ? a.toReversed() : a;
    const [k, n] = context.number("transB", 0) ? b.toReversed() : b;
    if (depth !== k) {
      context.fail(
        "its factors do not fit",
        `${text(a)} and ${text(b)}`,
        `${depth} rows in the second`,
      );
    }
    const shape = [m, n];
    if (context.has(2)) {
      const sum = broadcastShapes(context, [context.shape(2), shape]);
      if (text(sum) !== text(shape)) {
        context.fail(
          "its third input does not fit",
          text(context.shape(2)),
          `a shape that broadcasts to ${text(shape)}`,
        );
      }
    }
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const beta = context.number("beta", 1);
    const rows = emitRows(context);
    const n = context.outputShape()[1];
    const bias = context.has(2) && beta !== 0 ? 2 : null;
    const foldsBias = bias !== null && context.isConstant(1) &&
      context.isConstant(bias) && isRow(context.shape(bias), n);
    let value = context.isConstant(1)
      ? context.emit("FullyConnected", [
        rows,
        weights(context),
        ...(foldsBias ? [biasRow(context, n, beta)] : []),
      ], { shape: context.outputShape() })
      : emitProduct(context, rows);
    if (bias !== null && !foldsBias) {
      value = emitArithmetic(context, "Add", value, context.value(bias), {
        factorB: beta,
      });
    }
    context.finish(value);
  },
};

function isRow(shape: readonly number[], n: number): boolean {
  return sizeOf(shape) === 1 ||
    sizeOf(shape) === n && shape[shape.length - 1] === n;
}

/** A as [M,K]. */
function emitRows(context: Lowering): string {
  const a = context.value(0);
  return context.number("transA", 0) ? emitTransposed(context, a) : a;
}

function emitTransposed(context: Lowering, value: string): string {
  const shape = context.shapeOf(value).toReversed();
  return context.emit("Transpose", [value], { shape, list: [1, 0] });
}

/** α·B as [N,K]. */
function weights(context: Lowering): string {
  const alpha = context.number("alpha", 1);
  const shape = context.shape(1);
  const asIs = context.number("transB", 0) !== 0;
  if (asIs && alpha === 1) return context.value(1);
  return context.constantFrom(
    1,
    `NK·${alpha}${asIs ? "" : "ᵀ"}`,
    asIs ? shape : shape.toReversed(),
    (data) => {
      const rows = asIs ? data : transposeData(data, shape, [1, 0]);
      return rows.map((w) => w * alpha);
    },
  );
}

/** β·C as [N]. */
function biasRow(context: Lowering, n: number, beta: number): string {
  const shape = context.shape(2);
  return context.constantFrom(2, `row ${n}·${beta}`, [n], (data) => {
    const indices = broadcastIndices(sizeOf(shape) === 1 ? [1] : [n], [n]);
    return Float32Array.from(indices, (i) => data[i] * beta);
  });
}

function emitProduct(context: Lowering, rows: string): string {
  const b = context.value(1);
  const columns = context.number("transB", 0) ? emitTransposed(context, b) : b;
  const product = context.emit("MatMul", [rows, columns], {
    shape: context.outputShape(),
  });
  const alpha = context.number("alpha", 1);
  return alpha === 1
    ? product
    : emitArithmetic(context, "Mul", product, context.newConstant([], [alpha]));
}
