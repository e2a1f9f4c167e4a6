/**
 * Truth values as float32 0 and 1: comparing, negating and choosing by them, exactly, out of the
 * runtime's operators that stay in float32 whatever the weights become.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import { emitUnary } from "./unary.ts";

/** A factor that lifts all normal numbers above 1, and the others above 2⁻²³. */
const STEEP = 2 ** 127;

/** 1 where x > 0, else 0; for NaN 0. */
export function emitStep(context: Lowering, x: string): string {
  const steep = emitUnary(context, "hardSigmoid", x, STEEP);
  return emitUnary(context, "hardSigmoid", steep, STEEP);
}

/** 1 where a > b, else 0; also for equal infinities, whose difference is none. */
export function emitGreater(context: Lowering, a: string, b: string): string {
  return emitStep(context, emitArithmetic(context, "Add", a, b, { factorB: -1 }));
}

/** 1 − x, for x of 0 and 1. */
export function emitNot(context: Lowering, x: string): string {
  return emitUnary(context, "hardSigmoid", x, -1, 1);
}

/** 1 where a = b, else 0. */
export function emitEqual(context: Lowering, a: string, b: string): string {
  const above = emitGreater(context, a, b);
  const below = emitGreater(context, b, a);
  return emitNot(context, emitArithmetic(context, "Maximum", above, below));
}

/** 1 where x is not 0. */
export function emitTruth(context: Lowering, x: string): string {
  return emitStep(context, emitUnary(context, "abs", x));
}

/** Bounds that let through one of two values: ∞ and −∞ for the first, −∞ and ∞ for the second. */
export type Choice = readonly [string, string];

/** The bounds for a condition that is computed: ∞ where it is 1, −∞ where it is 0; the opposite. */
export function emitChoice(context: Lowering, condition: string): Choice {
  const half = context.newConstant([], [0.5]);
  const centred = emitArithmetic(context, "Add", condition, half, { factorB: -1 });
  const bound = emitArithmetic(context, "Div", centred, context.newConstant([], [0]));
  return [bound, emitUnary(context, "neg", bound)];
}

/** The same for a constant condition. */
export function constantChoice(
  context: Lowering,
  shape: readonly number[],
  condition: readonly number[],
): Choice {
  const bounds = condition.map((value) => value ? Infinity : -Infinity);
  return [
    context.newConstant(shape, bounds),
    context.newConstant(shape, bounds.map((bound) => -bound)),
  ];
}

/**
 * max(min(bound, yes), min(−bound, no)). Whatever is not chosen has no influence, be it infinite or
 * NaN.
 */
export function emitSelect(
  context: Lowering,
  [bound, opposite]: Choice,
  yes: string,
  no: string,
): string {
  return emitArithmetic(
    context,
    "Maximum",
    emitArithmetic(context, "Minimum", bound, yes),
    emitArithmetic(context, "Minimum", opposite, no),
  );
}

/** x rounded towards zero. */
export function emitTruncate(context: Lowering, x: string): string {
  const down = emitUnary(context, "clip", emitUnary(context, "floor", x), 0, Infinity);
  const up = emitUnary(context, "clip", emitUnary(context, "ceil", x), -Infinity, 0);
  return emitArithmetic(context, "Add", down, up);
}
