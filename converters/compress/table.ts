/**
 * 8-bit functions as tables.
 * @module
 */
import type { UNARY_KINDS } from "../../runtime/format/operators.ts";
import type { Quantization } from "../graph/graph.ts";
import { roundHalfEven } from "./quantize_weights.ts";

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

/** Error function by its Maclaurin series, or 1 where it is as good as that. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return sum * 2 / Math.sqrt(Math.PI);
}

/** Every unary function in double precision. */
const FUNCTIONS: Record<
  (typeof UNARY_KINDS)[number],
  (x: number, alpha: number, beta: number) => number
> = {
  relu: (x) => Math.max(x, 0),
  clip: clamp,
  leakyRelu: (x, alpha) => x < 0 ? alpha * x : x,
  elu: (x, alpha) => x < 0 ? alpha * Math.expm1(x) : x,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hardSigmoid: (x, alpha, beta) => clamp(alpha * x + beta, 0, 1),
  hardSwish: (x) => x * clamp(x / 6 + 0.5, 0, 1),
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  neg: (x) => -x,
  erf,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  reciprocal: (x) => 1 / x,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
};

/**
 * table[q + 128] for every int8 q, of the float32 value that q dequantizes to; values outside of the
 * output's range are clamped, NaN is 0.
 */
export function tableOf(
  kind: (typeof UNARY_KINDS)[number],
  alpha: number,
  beta: number,
  from: Quantization,
  to: Quantization,
): Int8Array {
  return Int8Array.from({ length: 256 }, (_, i) => {
    const x = Math.fround((i - 128 - from.zeroPoint) * from.scale);
    const y = FUNCTIONS[kind](x, alpha, beta);
    const q = roundHalfEven((Number.isNaN(y) ? 0 : y) / to.scale) + to.zeroPoint;
    return clamp(q, -128, 127);
  });
}
