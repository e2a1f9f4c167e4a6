/**
 * Activation functions that are made of several of the runtime's operators.
 * @module
 */
import { emitArithmetic, inferBroadcast } from "./arithmetic.ts";
import { emitChoice, emitGreater, emitSelect } from "./conditions.ts";
import type { Lowering } from "./lowering.ts";
import type { Operator } from "./operator.ts";
import { emitUnary, inferSame } from "./unary.ts";

/** x · factor. */
export function emitScaled(context: Lowering, x: string, factor: number): string {
  return factor === 1 ? x : emitArithmetic(context, "Mul", x, context.newConstant([], [factor]));
}

/** x + offset. */
export function emitShifted(context: Lowering, x: string, offset: number): string {
  return offset === 0 ? x : emitArithmetic(context, "Add", x, context.newConstant([], [offset]));
}

/** x · σ(α·x). */
export function emitSwish(context: Lowering, x: string, alpha: number): string {
  const gate = emitUnary(context, "sigmoid", emitScaled(context, x, alpha));
  return emitArithmetic(context, "Mul", x, gate);
}

function activation(
  name: string,
  emit: (context: Lowering, x: string) => string,
): Operator {
  return {
    names: [name],
    infer: inferSame,
    lower: (context) => context.finish(emit(context, context.value(0))),
  };
}

/** ½x · (1 + erf(x/√2)), or by tanh where that is asked for. */
function emitGelu(context: Lowering, x: string): string {
  const gate = context.string("approximate", "none") === "tanh"
    ? emitUnary(context, "tanh", emitGeluArgument(context, x))
    : emitUnary(context, "erf", emitScaled(context, x, Math.SQRT1_2));
  return emitArithmetic(
    context,
    "Mul",
    emitScaled(context, x, 0.5),
    emitShifted(context, gate, 1),
  );
}

/** √(2/π) · (x + 0.044715·x³). */
function emitGeluArgument(context: Lowering, x: string): string {
  const square = emitArithmetic(context, "Mul", x, x);
  const cube = emitArithmetic(context, "Mul", square, x);
  const sum = emitArithmetic(context, "Add", x, emitScaled(context, cube, 0.044715));
  return emitScaled(context, sum, Math.sqrt(2 / Math.PI));
}

/** x where x > α, else 0. */
function emitThresholdedRelu(context: Lowering, x: string): string {
  const alpha = context.newConstant([], [context.number("alpha", 1)]);
  const choice = emitChoice(context, emitGreater(context, x, alpha));
  return emitSelect(context, choice, x, context.newConstant([], [0]));
}

/** x + bias below −λ, x − bias above λ, 0 between: what lies outside of ±λ, moved. */
function emitShrink(context: Lowering, x: string): string {
  const [lambda, bias] = [context.number("lambd", 0.5), context.number("bias", 0)];
  const zero = context.newConstant([], [0]);
  const above = emitChoice(context, emitGreater(context, x, context.newConstant([], [lambda])));
  const below = emitChoice(context, emitGreater(context, context.newConstant([], [-lambda]), x));
  const inner = emitSelect(context, above, emitShifted(context, x, -bias), zero);
  return emitSelect(context, below, emitShifted(context, x, bias), inner);
}

/** Gelu, Mish, Selu, Celu, Swish, Softsign, ThresholdedRelu, Shrink. */
export const activations: readonly Operator[] = [
  activation("Gelu", emitGelu),
  activation("Mish", (context, x) => {
    const gate = emitUnary(context, "tanh", emitUnary(context, "softplus", x));
    return emitArithmetic(context, "Mul", x, gate);
  }),
  activation("Selu", (context, x) => {
    const alpha = context.number("alpha", 1.67326319217681884765625);
    const gamma = context.number("gamma", 1.05070102214813232421875);
    return emitScaled(context, emitUnary(context, "elu", x, alpha), gamma);
  }),
  activation("Celu", (context, x) => {
    const alpha = context.number("alpha", 1);
    return emitScaled(
      context,
      emitUnary(context, "elu", emitScaled(context, x, 1 / alpha), 1),
      alpha,
    );
  }),
  activation("Swish", (context, x) => emitSwish(context, x, context.number("alpha", 1))),
  activation("Softsign", (context, x) => {
    const size = emitShifted(context, emitUnary(context, "abs", x), 1);
    return emitArithmetic(context, "Div", x, size);
  }),
  activation("ThresholdedRelu", emitThresholdedRelu),
  activation("Shrink", emitShrink),
];

/** The first input's Swish, times the second. */
export const swiGlu: Operator = {
  names: ["SwiGLU"],
  infer: inferBroadcast,
  lower(context) {
    const gate = emitSwish(context, context.value(0), context.number("alpha", 1));
    context.finish(emitArithmetic(context, "Mul", gate, context.value(1)));
  },
};
