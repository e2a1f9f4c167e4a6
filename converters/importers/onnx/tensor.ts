/**
 * ONNX tensors to kedge tensors. Little-endian hosts only, as all that Deno runs on are.
 * @module
 */
import { type TensorProto, TensorProto_DataLocation } from "onnx-buf";
import { type DType, sizeOf, type Tensor, type TensorData } from "../../graph/graph.ts";
import { KedgeError } from "../../../runtime/format/error.ts";
import { fromFloat16 } from "../../../runtime/format/float16.ts";
import type { ExternalData } from "./external.ts";

/** An element type of ONNX: what it becomes, its bytes, and how its fields are decoded. */
interface ElementType {
  readonly dtype: DType;
  readonly bytes: number;
  /** Values out of raw bytes, a view where alignment allows. */
  readonly raw: (bytes: Uint8Array) => TensorData;
  /** Values out of the typed field of the message. */
  readonly typed: (tensor: TensorProto) => TensorData;
}

/** Typed array classes that can view a buffer. */
interface ArrayType<T extends TensorData> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): T;
}

/** A view on the bytes, or on a copy of them where the view would be misaligned. */
function view<T extends TensorData>(
  type: ArrayType<T>,
): (bytes: Uint8Array) => T {
  return (bytes) => {
    const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
    return new type(
      aligned.buffer as ArrayBuffer,
      aligned.byteOffset,
      bytes.length / type.BYTES_PER_ELEMENT,
    );
  };
}

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

function fromBfloat16(bits: number): number {
  word[0] = bits << 16;
  return real[0];
}

const half = (bytes: Uint8Array, decode: (bits: number) => number) =>
  Float32Array.from(view(Uint16Array)(bytes), decode);

/** By the number of TensorProto.DataType. */
const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map([
  [1, {
    dtype: "float32",
    bytes: 4,
    raw: view(Float32Array),
    typed: (t) => Float32Array.from(t.floatData),
  }],
  [2, {
    dtype: "uint8",
    bytes: 1,
    raw: view(Uint8Array),
    typed: (t) => Uint8Array.from(t.int32Data),
  }],
  [3, {
    dtype: "int8",
    bytes: 1,
    raw: view(Int8Array),
    typed: (t) => Int8Array.from(t.int32Data),
  }],
  [4, {
    dtype: "uint16",
    bytes: 2,
    raw: view(Uint16Array),
    typed: (t) => Uint16Array.from(t.int32Data),
  }],
  [5, {
    dtype: "int16",
    bytes: 2,
    raw: view(Int16Array),
    typed: (t) => Int16Array.from(t.int32Data),
  }],
  [6, {
    dtype: "int32",
    bytes: 4,
    raw: view(Int32Array),
    typed: (t) => Int32Array.from(t.int32Data),
  }],
  [7, {
    dtype: "int64",
    bytes: 8,
    raw: view(BigInt64Array),
    typed: (t) => BigInt64Array.from(t.int64Data),
  }],
  [9, {
    dtype: "bool",
    bytes: 1,
    raw: view(Uint8Array),
    typed: (t) => Uint8Array.from(t.int32Data),
  }],
  [10, {
    dtype: "float16",
    bytes: 2,
    raw: (bytes) => half(bytes, fromFloat16),
    typed: (t) => Float32Array.from(t.int32Data, fromFloat16),
  }],
  [11, {
    dtype: "float64",
    bytes: 8,
    raw: view(Float64Array),
    typed: (t) => Float64Array.from(t.doubleData),
  }],
  [12, {
    dtype: "uint32",
    bytes: 4,
    raw: view(Uint32Array),
    typed: (t) => Uint32Array.from(t.uint64Data, Number),
  }],
  [13, {
    dtype: "uint64",
    bytes: 8,
    raw: view(BigUint64Array),
    typed: (t) => BigUint64Array.from(t.uint64Data),
  }],
  // bfloat16 is read as float32, which holds all its values.
  [16, {
    dtype: "float32",
    bytes: 2,
    raw: (bytes) => half(bytes, fromBfloat16),
    typed: (t) => Float32Array.from(t.int32Data, fromBfloat16),
  }],
]);

const STRING = 8;

/** Names of the element types that kedge has no tensor for, for messages. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  0: "undefined",
  14: "complex64",
  15: "complex128",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
  24: "float8e8m0",
  25: "uint2",
  26: "int2",
};

/**
 * kedge's element type for an ONNX one.
 * @param what names the tensor in the message.
 * @throws KedgeError `model/unsupported` for a type that kedge has no tensors of.
 */
export function dtypeOf(type: number, what: string, file: string): DType {
  const known = type === STRING ? "string" : ELEMENT_TYPES.get(type)?.dtype;
  if (known) return known;
  throw new KedgeError({
    code: "model/unsupported",
    message: `Reading ${what}: its element type is not supported`,
    where: { file },
    got: OTHER_TYPES[type] ?? `element type ${type}`,
    wanted: "float32, float16, bfloat16, float64, bool or an integer type",
    hint: "export the model with float32 weights",
  });
}

/**
 * A constant of the model under `name`. Data is a view on the file where alignment allows;
 * strings have no data.
 * @throws KedgeError `model/shape` when the data does not fit the shape, `model/external-data`, or
 * `model/unsupported`.
 */
export async function readTensor(
  proto: TensorProto,
  name: string,
  file: string,
  external: ExternalData,
): Promise<Tensor> {
  const dtype = dtypeOf(proto.dataType, `tensor "${name}"`, file);
  const shape = proto.dims.map(Number);
  const size = sizeOf(shape);
  const where = { file, tensor: name };
  if (shape.some((dim) => dim < 0) || !Number.isSafeInteger(size)) {
    throw new KedgeError({
      code: "model/shape",
      message: `Reading tensor "${name}": its shape is not possible`,
      where,
      got: `[${shape.join(", ")}]`,
      wanted: "dimensions of 0 or more",
      hint: "export the model again",
    });
  }
  const type = ELEMENT_TYPES.get(proto.dataType);
  if (!type) return { name, dtype, shape };
  const outside = proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
  const raw = outside ? await external.read(proto, size * type.bytes) : proto.rawData;
  const useRaw = outside || raw.length > 0;
  const data = useRaw && raw.length % type.bytes === 0 ? type.raw(raw) : type.typed(proto);
  if (data.length !== size) {
    throw new KedgeError({
      code: "model/shape",
      message: `Reading tensor "${name}": its data does not fit its shape`,
      where,
      got: useRaw ? `${raw.length} bytes` : `${data.length} values`,
      wanted: `${size} values of ${dtype} for shape [${shape.join(", ")}]`,
      hint: "the file is damaged or was exported wrongly; export it again",
    });
  }
  return { name, dtype, shape, data };
}
