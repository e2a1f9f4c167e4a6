/**
 * Mod.
 * @module
 */
import { emitArithmetic, evaluateBroadcast, inferBroadcast } from "./arithmetic.ts";
import { emitTruncate } from "./conditions.ts";
import type { Operator } from "./operator.ts";
import { emitUnary } from "./unary.ts";
import { fromNumbers } from "./values.ts";

/** Remainder with the sign of the divisor; of the dividend with `fmod`. */
export const mod: Operator = {
  names: ["Mod"],
  infer: inferBroadcast,
  evaluate(context, [{ dtype, shape }]) {
    const truncated = context.number("fmod", 0) === 1;
    return [fromNumbers(
      dtype,
      evaluateBroadcast(
        context,
        shape,
        truncated ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b),
      ),
    )];
  },
  lower(context) {
    const [x, y] = [context.value(0), context.value(1)];
    const quotient = emitArithmetic(context, "Div", x, y);
    const whole = context.number("fmod", 0) === 1
      ? emitTruncate(context, quotient)
      : emitUnary(context, "floor", quotient);
    const product = emitArithmetic(context, "Mul", whole, y);
    context.finish(emitArithmetic(context, "Add", x, product, { factorB: -1 }));
  },
};
