/**
 * GlobalAveragePool, GlobalMaxPool and GlobalLpPool.
 * @module
 */
import type { Lowering } from "./lowering.ts";
import type { Operator } from "./operator.ts";
import { emitPower, emitRoot } from "./pool.ts";
import { emitReduce } from "./reduce.ts";

function globalPool(
  name: string,
  emit: (context: Lowering, x: string, axes: readonly number[]) => string,
): Operator {
  return {
    names: [name],
    infer(context) {
      const [n, c, ...spatial] = context.shapeOfRank(0, 2, Infinity);
      const shape = [n, c, ...spatial.map(() => 1)];
      return [{ dtype: context.input(0).dtype, shape }];
    },
    lower(context) {
      const axes = context.shape(0).map((_, axis) => axis).slice(2);
      context.finish(emit(context, context.value(0), axes));
    },
  };
}

/** Mean over all spatial axes. */
export const globalAveragePool: Operator = globalPool(
  "GlobalAveragePool",
  (context, x, axes) => emitReduce(context, "mean", x, axes),
);

/** Largest value over all spatial axes. */
export const globalMaxPool: Operator = globalPool(
  "GlobalMaxPool",
  (context, x, axes) => emitReduce(context, "max", x, axes),
);

/** Lp norm over all spatial axes. */
export const globalLpPool: Operator = globalPool("GlobalLpPool", (context, x, axes) => {
  const power = context.number("p", 2);
  const sum = emitReduce(context, "sum", emitPower(context, x, power), axes);
  return emitRoot(context, sum, power);
});
