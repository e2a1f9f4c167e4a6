/**
 * MatMul.
 * @module
 */
import { broadcastShapes } from "./broadcast.ts";
import type { Operator } from "./operator.ts";
import { transposeData } from "./values.ts";

/** FullyConnected for a constant matrix on the right, else MatMul; vectors count as matrices. */
export const matMul: Operator = {
  names: ["MatMul"],
  infer(context) {
    const [a, b] = [context.shape(0), context.shape(1)];
    if (!a.length || !b.length) context.fail("an input is a scalar", `[${a}] and [${b}]`, "rank 1");
    const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
    if (left.at(-1) !== right.at(-2)) {
      context.fail("its inputs do not fit", `[${a}] and [${b}]`, "equal inner dimensions");
    }
    const outer = broadcastShapes(context, [left.slice(0, -2), right.slice(0, -2)]);
    const rows = a.length === 1 ? [] : [left.at(-2)!];
    const columns = b.length === 1 ? [] : [right.at(-1)!];
    return [{ dtype: context.input(0).dtype, shape: [...outer, ...rows, ...columns] }];
  },
  lower(context) {
    const [a, b] = [context.shape(0), context.shape(1)];
    const shape = context.outputShape();
    if (context.isConstant(1) && b.length === 2 && a.length >= 2 && !context.isConstant(0)) {
      const [depth, columns] = b;
      const w = context.constantFrom(
        1,
        "matmul",
        [columns, depth],
        (data) => transposeData(data, b, [1, 0]),
      );
      return context.finish(context.emit("FullyConnected", [context.value(0), w], { shape }));
    }
    const matrix = (value: string, from: number[], to: number[]) =>
      from.length === to.length ? value : context.emit("Reshape", [value], { shape: to });
    const left = a.length === 1 ? [1, ...a] : a;
    const right = b.length === 1 ? [...b, 1] : b;
    const full = [...shape];
    if (a.length === 1) full.splice(full.length - (b.length === 1 ? 0 : 1), 0, 1);
    if (b.length === 1) full.push(1);
    const y = context.emit("MatMul", [
      matrix(context.value(0), a, left),
      matrix(context.value(1), b, right),
    ], { shape: full });
    context.finish(matrix(y, full, shape));
  },
};
