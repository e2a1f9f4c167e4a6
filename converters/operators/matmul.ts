/**
 * MatMul.
 * @module
 */
import { broadcastShapes } from "./broadcast.ts";
import { text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { transposeData } from "./values.ts";

/** numpy.matmul: a[…,M,K] × b[…,K,N]; a constant b[K,N] makes it a FullyConnected. */
export const matMul: Operator = {
  names: ["MatMul"],
  infer(context) {
    const a = context.shapeOfRank(0, 1, Infinity);
    const b = context.shapeOfRank(1, 1, Infinity);
    const depth = a[a.length - 1];
    const rows = b.length === 1 ? b[0] : b[b.length - 2];
    if (depth !== rows) {
      context.fail(
        "its factors do not fit",
        `${text(a)} and ${text(b)}`,
        `${depth} rows in the second`,
      );
    }
    const shape = [
      ...broadcastShapes(context, [a.slice(0, -2), b.slice(0, -2)]),
      ...a.slice(-2, -1),
      ...(b.length === 1 ? [] : b.slice(-1)),
    ];
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const a = context.shape(0);
    const b = context.shape(1);
    const shape = context.outputShape();
    if (context.isConstant(1) && b.length === 2) {
      const [k, n] = b;
      const weights = context.constantFrom(
        1,
        "NK",
        [n, k],
        (data) => transposeData(data, [k, n], [1, 0]),
      );
      const inputs = [context.value(0), weights];
      context.finish(context.emit("FullyConnected", inputs, { shape }));
      return;
    }
    const left = a.length === 1
      ? context.emit("Reshape", [context.value(0)], { shape: [1, ...a] })
      : context.value(0);
    const right = b.length === 1
      ? context.emit("Reshape", [context.value(1)], { shape: [...b, 1] })
      : context.value(1);
    const rows = a.length === 1 ? 1 : a[a.length - 2];
    const columns = b.length === 1 ? 1 : b[b.length - 1];
    const batch = broadcastShapes(context, [a.slice(0, -2), b.slice(0, -2)]);
    const product = context.emit("MatMul", [left, right], {
      shape: [...batch, rows, columns],
    });
    context.finish(
      a.length === 1 || b.length === 1 ? context.emit("Reshape", [product], { shape }) : product,
    );
  },
};
