/**
 * Mod: only for constants, in shape arithmetic.
 * @module
 */
import { evaluateBroadcast, inferBroadcast } from "./arithmetic.ts";
import type { Operator } from "./operator.ts";
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
};
