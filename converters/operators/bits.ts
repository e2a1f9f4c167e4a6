/**
 * Operators on the bits of constants: BitShift, BitwiseAnd and its like, BitCast.
 * @module
 */
import type { DType, TensorData } from "../graph/graph.ts";
import { inferBroadcast } from "./arithmetic.ts";
import { broadcastIndices } from "./broadcast.ts";
import { castTarget } from "./cast.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { inferSame } from "./unary.ts";
import { emptyLike, fromNumbers } from "./values.ts";

/** Integers as a typed array of the element type, with as many of their low bits as it has. */
function fromIntegers(dtype: DType, values: readonly bigint[]): TensorData {
  const out = fromNumbers(dtype, new Array<number>(values.length).fill(0));
  const bits = out.BYTES_PER_ELEMENT * 8;
  const cut = dtype.startsWith("u") ? BigInt.asUintN : BigInt.asIntN;
  values.forEach((value, i) => {
    const low = cut(bits, value);
    if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[i] = low;
    else out[i] = Number(low);
  });
  return out;
}

const integersOf = (data: TensorData) => Array.from<number | bigint, bigint>(data, BigInt);

function byBits(
  name: string,
  computeOf: (context: NodeContext) => (a: bigint, b: bigint) => bigint,
): Operator {
  return {
    names: [name],
    infer: inferBroadcast,
    evaluate(context, [{ dtype, shape }]) {
      const compute = computeOf(context);
      const [a, b] = [0, 1].map((index) => {
        const values = integersOf(context.data(index));
        return Array.from(broadcastIndices(context.shape(index), shape), (at) => values[at]);
      });
      return [fromIntegers(dtype, a.map((value, i) => compute(value, b[i])))];
    },
  };
}

/** ~x. */
const bitwiseNot: Operator = {
  names: ["BitwiseNot"],
  infer: inferSame,
  evaluate: (context, [{ dtype }]) => [
    fromIntegers(dtype, integersOf(context.data(0)).map((value) => ~value)),
  ],
};

/** Element types of the same size. */
const SIZES: Readonly<Partial<Record<DType, number>>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/** The same bits as another type. */
const bitCast: Operator = {
  names: ["BitCast"],
  infer(context) {
    const { dtype } = context.input(0);
    const to = castTarget(context);
    if (SIZES[dtype] !== SIZES[to] || SIZES[to] === undefined) {
      context.fail("its types have different sizes", `${dtype} and ${to}`, "types of one size");
    }
    return [{ dtype: to, shape: [...context.shape(0)] }];
  },
  evaluate(context, [{ dtype }]) {
    const data = context.data(0);
    const out = emptyLike(fromNumbers(dtype, []), data.length);
    const { buffer, byteOffset, byteLength } = data;
    new Uint8Array(out.buffer).set(new Uint8Array(buffer, byteOffset, byteLength));
    return [out];
  },
};

/** The operators; they fold or are refused. */
export const bits: readonly Operator[] = [
  byBits("BitwiseAnd", () => (a, b) => a & b),
  byBits("BitwiseOr", () => (a, b) => a | b),
  byBits("BitwiseXor", () => (a, b) => a ^ b),
  byBits(
    "BitShift",
    (context) => context.string("direction", "") === "LEFT" ? (a, b) => a << b : (a, b) => a >> b,
  ),
  bitwiseNot,
  bitCast,
];
