/**
 * Circular and hyperbolic functions, and their inverses, out of the runtime's operators.
 * @module
 */
import { emitScaled, emitShifted } from "./activations.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitGreater, emitStep } from "./conditions.ts";
import type { Lowering } from "./lowering.ts";
import type { Operator } from "./operator.ts";
import { emitUnary, inferSame } from "./unary.ts";
import { fromNumbers } from "./values.ts";

/** Emits a function of a core tensor. */
type Emit = (context: Lowering, x: string) => string;

const multiply = (context: Lowering, a: string, b: string) => emitArithmetic(context, "Mul", a, b);
const divide = (context: Lowering, a: string, b: string) => emitArithmetic(context, "Div", a, b);
const add = (context: Lowering, a: string, b: string, factorB = 1) =>
  emitArithmetic(context, "Add", a, b, { factorB });
/** offset − x. */
const from = (context: Lowering, offset: number, x: string) =>
  emitShifted(context, emitUnary(context, "neg", x), offset);

/** factors[0] + factors[1] · x + …, by Horner's rule. */
function emitPolynomial(context: Lowering, x: string, factors: readonly number[]): string {
  const [last, ...rest] = factors.toReversed();
  const [next, ...lower] = rest;
  const start = emitShifted(context, emitScaled(context, x, last), next);
  return lower.reduce(
    (sum, factor) => emitShifted(context, multiply(context, sum, x), factor),
    start,
  );
}

/** π in three parts, so that a multiple of it is taken off without loss (Cody and Waite 1980). */
const PI_PARTS = [3.140625, 9.67502593994140625e-4, 1.509957990978376432e-7];
/** Taylor's series of sin(r) / r in r², within 10⁻⁹ up to π/2. */
const SINE = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800];

/** sin(x + shift · π), for a shift of 0 or ½: with n near x/π + shift it is (−1)ⁿ · sin(r). */
function emitSine(context: Lowering, x: string, shift: number): string {
  const turns = emitShifted(context, emitScaled(context, x, 1 / Math.PI), shift);
  const n = emitUnary(context, "round", turns);
  const whole = emitShifted(context, n, -shift);
  const r = PI_PARTS.reduce(
    (rest, part) => add(context, rest, emitScaled(context, whole, -part)),
    x,
  );
  const half = emitUnary(context, "floor", emitScaled(context, n, 0.5));
  const parity = add(context, n, emitScaled(context, half, 2), -1);
  const sign = from(context, 1, emitScaled(context, parity, 2));
  const series = emitPolynomial(context, multiply(context, r, r), SINE);
  return multiply(context, multiply(context, r, series), sign);
}

/** 1, 0 or −1. */
function emitSignOf(context: Lowering, x: string): string {
  const below = emitStep(context, emitUnary(context, "neg", x));
  return add(context, emitStep(context, x), below, -1);
}

/** atan(u) / u in u², up to tan(π/8) (Cephes, atanf). */
const ARCTANGENT = [1, -3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2];

/** Angle of a slope: of its inverse above 1, and turned by π/4 above tan(π/8). */
function emitArctangent(context: Lowering, x: string): string {
  const one = context.newConstant([], [1]);
  const size = emitUnary(context, "abs", x);
  const low = emitArithmetic(
    context,
    "Minimum",
    size,
    emitUnary(context, "reciprocal", size),
  );
  const steep = emitGreater(context, low, context.newConstant([], [Math.tan(Math.PI / 8)]));
  const turned = divide(
    context,
    emitShifted(context, low, -1),
    emitShifted(context, low, 1),
  );
  const u = add(context, low, multiply(context, steep, add(context, turned, low, -1)));
  const series = emitPolynomial(context, multiply(context, u, u), ARCTANGENT);
  const angle = add(
    context,
    multiply(context, u, series),
    emitScaled(context, steep, Math.PI / 4),
  );
  // Above 1 it is π/2 − angle.
  const over = emitGreater(context, size, one);
  const flipped = from(context, Math.PI / 2, emitScaled(context, angle, 2));
  const positive = add(context, angle, multiply(context, over, flipped));
  return multiply(context, positive, emitSignOf(context, x));
}

const root = (context: Lowering, x: string) => emitUnary(context, "sqrt", x);
const logarithm = (context: Lowering, x: string) => emitUnary(context, "log", x);
const emitCosine: Emit = (context, x) => emitSine(context, x, 0.5);

/** (eˣ + e⁻ˣ) / 2. */
const emitHyperbolicCosine: Emit = (context, x) => {
  const [up, down] = [x, emitUnary(context, "neg", x)].map((y) => emitUnary(context, "exp", y));
  return emitScaled(context, add(context, up, down), 0.5);
};

/** (ln(1 + x) − ln(1 − x)) / 2. */
const emitHyperbolicArctangent: Emit = (context, x) => {
  const above = logarithm(context, emitShifted(context, x, 1));
  const below = logarithm(context, from(context, 1, x));
  return emitScaled(context, add(context, above, below, -1), 0.5);
};

const FUNCTIONS: Readonly<Record<string, { compute: (x: number) => number; emit: Emit }>> = {
  Sin: { compute: Math.sin, emit: (context, x) => emitSine(context, x, 0) },
  Cos: { compute: Math.cos, emit: emitCosine },
  Tan: {
    compute: Math.tan,
    emit: (context, x) => divide(context, emitSine(context, x, 0), emitCosine(context, x)),
  },
  Atan: { compute: Math.atan, emit: emitArctangent },
  Asin: {
    compute: Math.asin,
    emit(context, x) {
      const square = multiply(context, from(context, 1, x), emitShifted(context, x, 1));
      return emitArctangent(context, divide(context, x, root(context, square)));
    },
  },
  Acos: {
    compute: Math.acos,
    emit(context, x) {
      const slope = divide(context, from(context, 1, x), emitShifted(context, x, 1));
      return emitScaled(context, emitArctangent(context, root(context, slope)), 2);
    },
  },
  Sinh: {
    compute: Math.sinh,
    emit: (context, x) =>
      multiply(context, emitUnary(context, "tanh", x), emitHyperbolicCosine(context, x)),
  },
  Cosh: { compute: Math.cosh, emit: emitHyperbolicCosine },
  Atanh: { compute: Math.atanh, emit: emitHyperbolicArctangent },
  Asinh: {
    compute: Math.asinh,
    emit(context, x) {
      const size = emitUnary(context, "abs", x);
      const length = root(context, emitShifted(context, multiply(context, x, x), 1));
      const value = logarithm(context, add(context, size, length));
      return multiply(context, value, emitSignOf(context, x));
    },
  },
  Acosh: {
    compute: Math.acosh,
    emit(context, x) {
      const square = multiply(context, emitShifted(context, x, -1), emitShifted(context, x, 1));
      return logarithm(context, add(context, x, root(context, square)));
    },
  },
};

/** The functions. */
export const trigonometry: readonly Operator[] = Object.entries(FUNCTIONS).map((
  [name, { compute, emit }],
): Operator => ({
  names: [name],
  infer: inferSame,
  evaluate: (context, [{ dtype }]) => [fromNumbers(dtype, context.values(0).map(compute))],
  lower: (context) => context.finish(emit(context, context.value(0))),
}));
