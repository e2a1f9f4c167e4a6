/**
 * Constant values: reading them as numbers, making them, and copying them by strides.
 * @module
 */
import { type DType, sizeOf, type TensorData } from "../graph/graph.ts";

/** Element types that the runtime computes with, as float32. */
const FLOATS: ReadonlySet<DType> = new Set(["float32", "float16", "float64"]);

/** Whether the type is a floating-point one. */
export function isFloat(dtype: DType): boolean {
  return FLOATS.has(dtype);
}

/** The values as numbers; int64 beyond 2⁵³ is rounded. */
export function toNumbers(data: TensorData): number[] {
  return Array.from<number | bigint, number>(data, Number);
}

/** The values as float32, the same array where it is one. */
export function toFloat32(data: TensorData): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(toNumbers(data));
}

/** Whether float32 holds all of the integers as they are. */
export function isExact(data: TensorData): boolean {
  return data.BYTES_PER_ELEMENT <= 2 ||
    data.every((value) => BigInt(value) === BigInt(Math.fround(Number(value))));
}

const ARRAYS = {
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
};

/** Numbers as data of one element type; integers are truncated and bool is 0 or 1. */
export function fromNumbers(
  dtype: DType,
  values: ArrayLike<number>,
): TensorData {
  switch (dtype) {
    case "float32":
      return Float32Array.from(values);
    case "float16":
      return Float32Array.from(values);
    case "bool":
      return Uint8Array.from(values, (value) => value ? 1 : 0);
    case "int64":
      return BigInt64Array.from(Array.from(values, toBigInt));
    case "uint64":
      return BigUint64Array.from(Array.from(values, toBigInt));
    case "string":
      return new Uint8Array(0);
    default:
      return ARRAYS[dtype].from(values);
  }
}

const INT64_LIMIT = 2n ** 63n;

function toBigInt(value: number): bigint {
  if (!Number.isFinite(value)) {
    return value > 0 ? INT64_LIMIT - 1n : -INT64_LIMIT;
  }
  const integer = BigInt(Math.trunc(value));
  if (integer >= INT64_LIMIT) return INT64_LIMIT - 1n;
  return integer < -INT64_LIMIT ? -INT64_LIMIT : integer;
}

/** An array of the same kind with `length` elements. */
export function emptyLike<T extends TensorData>(data: T, length: number): T {
  const make = data.constructor as new (length: number) => T;
  return new make(length);
}

/** Copies `count` elements within arrays of the same kind. */
export function copyElements<T extends TensorData>(
  from: T,
  start: number,
  count: number,
  to: T,
  at: number,
): void {
  // Both are of one kind, which the union does not show.
  const source = from as Float64Array;
  (to as Float64Array).set(source.subarray(start, start + count), at);
}

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** Flat source indices of an array of `shape` read by `strides` from `offset`, in row-major order. */
export function stridedIndices(
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Int32Array {
  const indices = new Int32Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < indices.length; to++) {
    indices[to] = from;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return indices;
}

/** A new array of `shape` whose elements are read by `strides` from `offset` on. */
export function stridedCopy<T extends TensorData>(
  data: T,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): T {
  const indices = stridedIndices(shape, strides, offset);
  const out = emptyLike(data, indices.length);
  const from = data as Float64Array;
  const to = out as Float64Array;
  for (let i = 0; i < indices.length; i++) to[i] = from[indices[i]];
  return out;
}

/** Data of `shape` with its axes in the order of `perm`. */
export function transposeData<T extends TensorData>(
  data: T,
  shape: readonly number[],
  perm: readonly number[],
): T {
  const strides = stridesOf(shape);
  return stridedCopy(
    data,
    perm.map((axis) => shape[axis]),
    perm.map((axis) => strides[axis]),
  );
}
