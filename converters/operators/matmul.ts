/**
 * MatMul.
 * @module
 */
import { broadcastShapes } from "./broadcast.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { transposeData } from "./values.ts";

/** Shape of a product as numpy.matmul has it. */
export function matMulShape(
  context: NodeContext,
  a: readonly number[],
  b: readonly number[],
): number[] {
  const depth = a[a.length - 1];
  const rows = b.length === 1 ? b[0] : b[b.length - 2];
  if (a.length === 0 || b.length === 0 || depth !== rows) {
    context.fail(
      "its factors do not fit",
      `${text(a)} and ${text(b)}`,
      `${depth} rows in the second`,
    );
  }
  return [
    ...broadcastShapes(context, [a.slice(0, -2), b.slice(0, -2)]),
    ...a.slice(-2, -1),
    ...(b.length === 1 ? [] : b.slice(-1)),
  ];
}

/** Emits a product of core tensors as numpy.matmul has it. */
export function emitMatMul(context: Lowering, left: string, right: string): string {
  const a = context.shapeOf(left);
  const b = context.shapeOf(right);
  const rows = a.length === 1 ? context.emit("Reshape", [left], { shape: [1, ...a] }) : left;
  const columns = b.length === 1 ? context.emit("Reshape", [right], { shape: [...b, 1] }) : right;
  const batch = broadcastShapes(context, [a.slice(0, -2), b.slice(0, -2)]);
  const shape = [...batch, a.at(-2) ?? 1, b.length === 1 ? 1 : b[b.length - 1]];
  const product = context.emit("MatMul", [rows, columns], { shape });
  return a.length === 1 || b.length === 1
    ? context.emit("Reshape", [product], { shape: matMulShape(context, a, b) })
    : product;
}

/** numpy.matmul: a[…,M,K] × b[…,K,N]; a constant b[K,N] makes it a FullyConnected. */
export const matMul: Operator = {
  names: ["MatMul"],
  infer(context) {
    const [a, b] = [0, 1].map((i) => context.shapeOfRank(i, 1, Infinity));
    return [{ dtype: context.input(0).dtype, shape: matMulShape(context, a, b) }];
  },
  lower(context) {
    const b = context.shape(1);
    if (!context.isConstant(1) || b.length !== 2) {
      context.finish(emitMatMul(context, context.value(0), context.value(1)));
      return;
    }
    const [k, n] = b;
    const weights = context.constantFrom(
      1,
      "NK",
      [n, k],
      (data) => transposeData(data, [k, n], [1, 0]),
    );
    const inputs = [context.value(0), weights];
    context.finish(context.emit("FullyConnected", inputs, { shape: context.outputShape() }));
  },
};
