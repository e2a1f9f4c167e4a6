/**
 * Gemm: alpha · A' · B' + beta · C.
 * @module
 */
import { broadcastShapes } from "./broadcast.ts";
import type { Operator } from "./operator.ts";
import { transposeData } from "./values.ts";

/** FullyConnected where B is constant, else MatMul. */
export const gemm: Operator = {
  names: ["Gemm"],
  infer(context) {
    const a = context.shapeOfRank(0, 2);
    const b = context.shapeOfRank(1, 2);
    const [rows, depth] = context.number("transA", 0) ? [a[1], a[0]] : a;
    const [depthB, columns] = context.number("transB", 0) ? [b[1], b[0]] : b;
    if (depth !== depthB) {
      context.fail("its inputs do not fit", `depths ${depth} and ${depthB}`, "equal depths");
    }
    const shape = [rows, columns];
    if (context.has(2) && `${broadcastShapes(context, [shape, context.shape(2)])}` !== `${shape}`) {
      context.fail("its C is larger than its output", `[${context.shape(2)}]`, `[${shape}]`);
    }
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const shape = context.outputShape();
    const [rows, columns] = shape;
    const alpha = context.number("alpha", 1);
    const beta = context.number("beta", 1);
    let a = context.value(0);
    const depth = context.number("transA", 0) ? context.shape(0)[0] : context.shape(0)[1];
    if (context.number("transA", 0)) {
      a = context.emit("Transpose", [a], { shape: [rows, depth], list: [1, 0] });
    }
    const transposed = context.number("transB", 0) !== 0;
    let y: string;
    let biased = !context.has(2);
    if (context.isConstant(1)) {
      const w = context.constantFrom(1, `gemm ${transposed} ${alpha}`, [columns, depth], (data) => {
        const rowwise = transposed ? data : transposeData(data, [depth, columns], [1, 0]);
        return alpha === 1 ? rowwise : rowwise.map((value) => value * alpha);
      });
      const bias: string[] = [];
      if (context.isConstant(2) && [1, columns].includes(context.input(2).data!.length)) {
        bias.push(
          context.constantFrom(
            2,
            `gemm ${beta} ${columns}`,
            [columns],
            (data) =>
              Float32Array.from(
                { length: columns },
                (_, i) => data[data.length > 1 ? i : 0] * beta,
              ),
          ),
        );
        biased = true;
      }
      const perRow = context.has(2) && context.shape(2).length === 2 &&
        context.shape(2)[0] === columns && context.shape(2)[1] === 1 && columns > 1;
      if (perRow) {
        bias.length = 0;
        biased = false;
      }
      y = context.emit("FullyConnected", [a, w, ...bias], { shape });
    } else {
      let b = context.value(1);
      if (transposed) b = context.emit("Transpose", [b], { shape: [depth, columns], list: [1, 0] });
      y = context.emit("MatMul", [a, b], { shape });
      if (alpha !== 1) y = context.emit("Mul", [y, context.newConstant([], [alpha])], { shape });
    }
    if (!biased) {
      y = context.emit("Add", [y, context.value(2)], { shape, params: { factorB: beta } });
    }
    context.finish(y);
  },
};
