/**
 * The runtime's own small operator set. This table is what the packer writes, the reader checks,
 * and the reference, the WASM engine and the C emitter compute.
 *
 * Layout is NHWC (channels last). Constant operands follow the activations in `inputs`; an absent
 * optional operand is left out. `min` and `max` clamp the output in the output tensor's own units:
 * real values for float32, quantized integers for int8.
 *
 * Integer arithmetic (DESIGN.md §3): accumulators are exact int32, then
 * `q = roundHalfEven(float32(acc) × multiplier) + zeroPoint`, clamped to [min, max], where every
 * multiplication is one IEEE single-precision operation.
 * @module
 */

/** What one operator takes besides its tensors. */
export interface OperatorSpec {
  /** Number that stands for the operator in a file; never reused. */
  readonly code: number;
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  /** Names of the int32 parameters, in file order. */
  readonly ints: readonly string[];
  /** Names of the float32 parameters, in file order. */
  readonly floats: readonly string[];
  /** Name of the int32 list that follows `ints` in the file, or null. */
  readonly list: string | null;
}

const WINDOW = [
  "strideH",
  "strideW",
  "padTop",
  "padLeft",
  "padBottom",
  "padRight",
] as const;

/**
 * All operators.
 *
 * | operator | inputs (shapes) | meaning |
 * |---|---|---|
 * | Conv2D | x[N,H,W,C], w[O,KH,KW,C/groups], bias[O]? | out[N,OH,OW,O]; int8: acc = bias + Σ (x − zx)·w, multiplier[o] = f32(wScale[o] × factor), factor = xScale/yScale (xScale when the output is float32) |
 * | DepthwiseConv2D | x[N,H,W,C], w[KH,KW,C], bias[C]? | as Conv2D, one filter a channel |
 * | FullyConnected | x[…,K], w[O,K], bias[O]? | as Conv2D over rows of K |
 * | MatMul | a[…,M,K], b[…,K,N] | float32 |
 * | Add | a, b (numpy broadcast) | float: a·factorA + b·factorB; int8: round(f32(f32(a−za)·factorA) + f32(f32(b−zb)·factorB)), factor = scale/yScale |
 * | Mul | a, b (numpy broadcast) | float: a·b (factor 1); int8: round(f32((a−za)(b−zb))·factor), factor = aScale·bScale/yScale |
 * | Div, Maximum, Minimum, Pow | a, b (numpy broadcast) | float32 |
 * | MaxPool2D | x[N,H,W,C] | padding never wins; int8 in and out share scale and zero point |
 * | AveragePool2D | x[N,H,W,C] | int8: round(f32(Σ(x−zx)) × f32(factor / count)), factor = xScale/yScale (xScale when the output is float32); float: sum / count; count excludes padding unless countIncludePad |
 * | Reduce | x, list axes | float32; kind: REDUCE_KINDS; output keeps or drops the axes by its shape |
 * | Softmax | x[…,K] | float32 over the last axis; log = 1 for LogSoftmax |
 * | Concat | 1…n tensors | along axis; int8 inputs and output share scale and zero point |
 * | Slice | x, list begin[rank] then step[rank] | size comes from the output shape |
 * | Pad | x, list before[rank] | constant value, in the tensor's own units (int8: quantized); the rest comes from the output shape |
 * | Reshape | x | same elements, other shape; shares memory |
 * | Transpose | x, list perm[rank] | out.shape[i] = in.shape[perm[i]] |
 * | Unary | x | float32; kind: UNARY_KINDS with alpha and beta |
 * | Table | x int8, table int8[256] | y = table[x + 128] |
 * | Quantize | x float32 | int8: clamp(round(f32(x·factor)) + zeroPoint), factor = 1/scale; NaN gives min |
 * | Dequantize | x int8 | f32(f32(x − zeroPoint) × scale) |
 * | Gather | x[N,…], places[…] | float32: row ⌊place⌋ of x for each place, those outside of 0…N−1 (and NaN) being the nearest (the first) |
 * | ArgSort | x[…,K] | float32: places along the last axis from the largest value to the smallest, equal ones in their order; NaN counts as −∞ |
 */
export const OPERATORS = {
  Conv2D: {
    code: 1,
    inputs: [2, 3],
    ints: [...WINDOW, "dilationH", "dilationW", "groups"],
    floats: ["factor", "min", "max"],
    list: null,
  },
  DepthwiseConv2D: {
    code: 2,
    inputs: [2, 3],
    ints: [...WINDOW, "dilationH", "dilationW"],
    floats: ["factor", "min", "max"],
    list: null,
  },
  FullyConnected: {
    code: 3,
    inputs: [2, 3],
    ints: [],
    floats: ["factor", "min", "max"],
    list: null,
  },
  MatMul: { code: 4, inputs: [2, 2], ints: [], floats: [], list: null },
  Add: {
    code: 5,
    inputs: [2, 2],
    ints: [],
    floats: ["factorA", "factorB", "min", "max"],
    list: null,
  },
  Mul: {
    code: 6,
    inputs: [2, 2],
    ints: [],
    floats: ["factor", "min", "max"],
    list: null,
  },
  Div: { code: 7, inputs: [2, 2], ints: [], floats: [], list: null },
  Maximum: { code: 8, inputs: [2, 2], ints: [], floats: [], list: null },
  Minimum: { code: 9, inputs: [2, 2], ints: [], floats: [], list: null },
  Pow: { code: 10, inputs: [2, 2], ints: [], floats: [], list: null },
  MaxPool2D: {
    code: 11,
    inputs: [1, 1],
    ints: ["kernelH", "kernelW", ...WINDOW],
    floats: ["min", "max"],
    list: null,
  },
  AveragePool2D: {
    code: 12,
    inputs: [1, 1],
    ints: ["kernelH", "kernelW", ...WINDOW, "countIncludePad"],
    floats: ["factor", "min", "max"],
    list: null,
  },
  Reduce: {
    code: 13,
    inputs: [1, 1],
    ints: ["kind"],
    floats: [],
    list: "axes",
  },
  Softmax: { code: 14, inputs: [1, 1], ints: ["log"], floats: [], list: null },
  Concat: { code: 15, inputs: [1, 64], ints: ["axis"], floats: [], list: null },
  Slice: { code: 16, inputs: [1, 1], ints: [], floats: [], list: "beginStep" },
  Pad: {
    code: 17,
    inputs: [1, 1],
    ints: [],
    floats: ["value"],
    list: "before",
  },
  Reshape: { code: 18, inputs: [1, 1], ints: [], floats: [], list: null },
  Transpose: { code: 19, inputs: [1, 1], ints: [], floats: [], list: "perm" },
  Unary: {
    code: 20,
    inputs: [1, 1],
    ints: ["kind"],
    floats: ["alpha", "beta"],
    list: null,
  },
  Table: { code: 21, inputs: [2, 2], ints: [], floats: [], list: null },
  Quantize: {
    code: 22,
    inputs: [1, 1],
    ints: [],
    floats: ["factor", "min", "max"],
    list: null,
  },
  Dequantize: { code: 23, inputs: [1, 1], ints: [], floats: [], list: null },
  Gather: { code: 24, inputs: [2, 2], ints: [], floats: [], list: null },
  ArgSort: { code: 25, inputs: [1, 1], ints: [], floats: [], list: null },
} as const satisfies Record<string, OperatorSpec>;

/** Name of a runtime operator. */
export type OperatorName = keyof typeof OPERATORS;

/** Names of the numeric parameters of one operator. */
export type ParameterName<Op extends OperatorName = OperatorName> = Op extends OperatorName ?
    | (typeof OPERATORS)[Op]["ints"][number]
    | (typeof OPERATORS)[Op]["floats"][number]
  : never;

/** What `Reduce` does over its axes, by number. */
export const REDUCE_KINDS = ["mean", "sum", "max", "min", "l2"] as const;

/**
 * What `Unary` computes, by number. `alpha` and `beta` are 0 where not named:
 * relu max(x,0) · clip to [alpha,beta] · leakyRelu x<0 ? alpha·x : x · elu x<0 ? alpha·(eˣ−1) : x ·
 * hardSigmoid clamp(alpha·x+beta, 0, 1) · hardSwish x·clamp(x/6+½, 0, 1) · softplus ln(1+eˣ).
 */
export const UNARY_KINDS = [
  "relu",
  "clip",
  "leakyRelu",
  "elu",
  "sigmoid",
  "hardSigmoid",
  "hardSwish",
  "tanh",
  "exp",
  "log",
  "sqrt",
  "abs",
  "neg",
  "erf",
  "softplus",
  "reciprocal",
  "floor",
  "ceil",
  "round",
] as const;

/** Highest tensor rank the runtime takes. */
export const MAX_RANK = 6;
