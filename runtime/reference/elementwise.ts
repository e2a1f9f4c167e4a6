/**
 * Operators on single elements: Add, Mul, Div, Maximum, Minimum, Pow, Unary, Table, Quantize,
 * Dequantize. Two operands broadcast as in numpy.
 * @module
 */
import { UNARY_KINDS } from "../format/operators.ts";
import { type Context, eachIndex, stridesOf } from "./context.ts";
import * as math from "./math.ts";
import { clamp, outputOf, store } from "./requantize.ts";

const f = Math.fround;

/** float: a·factorA + b·factorB; int8: the same of (a − za) and (b − zb), each product rounded. */
export function add(context: Context<"Add">): void {
  const { inputs: [a, b], operator: { params } } = context;
  const output = outputOf(context.output, params);
  broadcast(context, (x, y) => {
    const left = f((x - a.zeroPoint) * params.factorA);
    const right = f((y - b.zeroPoint) * params.factorB);
    return store(f(left + right), output);
  });
}

/** float: a·b; int8: f32((a − za)(b − zb)) × factor. */
export function mul(context: Context<"Mul">): void {
  const { inputs: [a, b], operator: { params } } = context;
  const output = outputOf(context.output, params);
  const integer = a.dtype === "int8";
  broadcast(context, (x, y) => {
    if (!integer) return store(f(x * y), output);
    return store(
      f((x - a.zeroPoint) * (y - b.zeroPoint) * params.factor),
      output,
    );
  });
}

const BINARY: Record<
  "Div" | "Maximum" | "Minimum" | "Pow",
  (a: number, b: number) => number
> = {
  Div: (a, b) => f(a / b),
  Maximum: (a, b) => a < b ? b : a,
  Minimum: (a, b) => b < a ? b : a,
  Pow: math.pow,
};

/** Div, Maximum, Minimum and Pow, float32. */
export function binary(context: Context<keyof typeof BINARY>): void {
  broadcast(context, BINARY[context.operator.op]);
}

const UNARY: Record<
  (typeof UNARY_KINDS)[number],
  (x: number, alpha: number, beta: number) => number
> = {
  relu: (x) => x > 0 ? x : 0,
  clip: (x, low, high) => clamp(x, low, high),
  leakyRelu: (x, alpha) => x < 0 ? f(x * alpha) : x,
  elu: (x, alpha) => x < 0 ? f(alpha * f(math.exp(x) - 1)) : x,
  sigmoid: math.sigmoid,
  hardSigmoid: (x, alpha, beta) => clamp(f(f(alpha * x) + beta), 0, 1),
  hardSwish: (x) => f(x * clamp(f(f(x * f(1 / 6)) + 0.5), 0, 1)),
  tanh: math.tanh,
  exp: math.exp,
  log: math.log,
  sqrt: (x) => f(Math.sqrt(x)),
  abs: (x) => Math.abs(x),
  neg: (x) => -x,
  erf: math.erf,
  softplus: math.softplus,
  reciprocal: (x) => f(1 / x),
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => Math.abs(x) < 4194304 ? math.roundHalfEven(x) : x,
};

/** One of UNARY_KINDS, float32. */
export function unary(context: Context<"Unary">): void {
  const { kind, alpha, beta } = context.operator.params;
  const compute = UNARY[UNARY_KINDS[kind]];
  const [x] = context.values;
  for (let i = 0; i < x.length; i++) {
    context.result[i] = compute(x[i], alpha, beta);
  }
}

/** y = table[x + 128]. */
export function table(context: Context<"Table">): void {
  const [x, entries] = context.values;
  for (let i = 0; i < x.length; i++) context.result[i] = entries[x[i] + 128];
}

/** clamp(round(f32(x·factor)) + zeroPoint). */
export function quantize(context: Context<"Quantize">): void {
  const { params } = context.operator;
  const output = outputOf(context.output, params);
  const [x] = context.values;
  for (let i = 0; i < x.length; i++) {
    context.result[i] = store(f(x[i] * params.factor), output);
  }
}

/** f32((x − zeroPoint) × scale). */
export function dequantize(context: Context<"Dequantize">): void {
  const { scale, zeroPoint } = context.inputs[0];
  const [x] = context.values;
  for (let i = 0; i < x.length; i++) {
    context.result[i] = f((x[i] - zeroPoint) * scale);
  }
}

/** Applies `compute` to every pair of elements, the operands stretched to the output's shape. */
function broadcast(
  { inputs, values: [a, b], output, result }: Context,
  compute: (a: number, b: number) => number,
): void {
  const [stepsA, stepsB] = inputs.map((input) => broadcastStrides(input.shape, output.shape));
  eachIndex(output.shape, (index, flat) => {
    let atA = 0;
    let atB = 0;
    for (let axis = 0; axis < index.length; axis++) {
      atA += index[axis] * stepsA[axis];
      atB += index[axis] * stepsB[axis];
    }
    result[flat] = compute(a[atA], b[atB]);
  });
}

/** Strides that stay put along stretched axes; missing leading axes are stretched. */
function broadcastStrides(
  shape: readonly number[],
  to: readonly number[],
): number[] {
  const strides = stridesOf(shape).map((stride, axis) => shape[axis] === 1 ? 0 : stride);
  return [...new Array<number>(to.length - shape.length).fill(0), ...strides];
}
