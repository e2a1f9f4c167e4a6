/**
 * Activation functions that recurrent operators name in their attributes.
 * @module
 */
import { emitScaled, emitShifted } from "./activations.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import { emitUnary, type UnaryKind } from "./unary.ts";

/** Emits a function of x. */
export type GateFunction = (context: Lowering, x: string) => string;

/** A function with the defaults of its parameters. */
interface Spec {
  readonly alpha?: number;
  readonly beta?: number;
  readonly emit: (context: Lowering, x: string, alpha: number, beta: number) => string;
}

const plain = (kind: UnaryKind): Spec["emit"] => (context, x, alpha, beta) =>
  emitUnary(context, kind, x, alpha, beta);

const FUNCTIONS: Readonly<Record<string, Spec>> = {
  sigmoid: { emit: plain("sigmoid") },
  tanh: { emit: plain("tanh") },
  relu: { emit: plain("relu") },
  softplus: { emit: plain("softplus") },
  leakyrelu: { alpha: 0.01, emit: plain("leakyRelu") },
  elu: { alpha: 1, emit: plain("elu") },
  hardsigmoid: { alpha: 0.2, beta: 0.5, emit: plain("hardSigmoid") },
  affine: {
    alpha: 1,
    beta: 0,
    emit: (context, x, alpha, beta) => emitShifted(context, emitScaled(context, x, alpha), beta),
  },
  scaledtanh: {
    alpha: 1,
    beta: 1,
    emit: (context, x, alpha, beta) =>
      emitScaled(context, emitUnary(context, "tanh", emitScaled(context, x, beta)), alpha),
  },
};

/**
 * The functions of every direction. Parameters are given out in the order of the functions that take
 * some.
 */
export function gateFunctions(
  context: NodeContext,
  defaults: readonly string[],
  directions: number,
): GateFunction[][] {
  const named = context.strings("activations") ??
    Array.from({ length: directions }, () => defaults).flat();
  if (named.length !== defaults.length * directions) {
    context.fail(
      "its activations do not fit",
      named.join(", "),
      `${defaults.length * directions} functions`,
    );
  }
  const alphas = [...context.numbers("activation_alpha") ?? []];
  const betas = [...context.numbers("activation_beta") ?? []];
  const functions = named.map((name): GateFunction => {
    const spec = FUNCTIONS[name.toLowerCase()] ?? context.refuse(`its activation is ${name}`);
    const alpha = spec.alpha === undefined ? 0 : alphas.shift() ?? spec.alpha;
    const beta = spec.beta === undefined ? 0 : betas.shift() ?? spec.beta;
    return (lowering, x) => spec.emit(lowering, x, alpha, beta);
  });
  return Array.from(
    { length: directions },
    (_, i) => functions.slice(i * defaults.length, (i + 1) * defaults.length),
  );
}

/** x within ±`clip` of the node, if it has one. */
export function emitClipped(context: Lowering, x: string): string {
  const clip = context.number("clip", Infinity);
  return clip === Infinity ? x : emitUnary(context, "clip", x, -clip, clip);
}
