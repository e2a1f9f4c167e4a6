/**
 * Reads and checks the tensors of a `.kedge` file.
 * @module
 */
import { corrupt, type Table } from "./flatbuffer_view.ts";
import { fromFloat16 } from "./float16.ts";
import type { DType, Encoding, ModelTensor } from "./model.ts";
import { MAX_RANK } from "./operators.ts";

const DTYPES: readonly DType[] = ["float32", "int8", "int32"];
const ENCODINGS: readonly Encoding[] = ["float32", "int8", "int32", "float16", "int16"];
const WIDTHS: Record<Encoding, number> = { float32: 4, int8: 1, int32: 4, float16: 2, int16: 2 };
/** Which encodings a constant of each element type can have. */
const ENCODED: Record<DType, readonly Encoding[]> = {
  float32: ["float32", "float16", "int8"],
  int8: ["int8"],
  int32: ["int32", "int16"],
};
const MAX_ARENA = 2 ** 30;
/** Most bytes of all constants together when decoded. */
const MAX_CONSTANTS = 2 ** 31;

/** What a tensor says about itself before its data or place is looked at. */
export type Described = Pick<ModelTensor, "name" | "dtype" | "shape" | "size" | "encoding">;

/** A constant's data, and how it stood in the file. */
export type ConstantData = Pick<ModelTensor, "data" | "coded">;

/** Unpacks the constant that comes next in a buffer, of an encoding that is none of the plain ones. */
export type UnpackConstant = (number: number, place: number, tensor: Described) => ConstantData;

/** Makes that out of the buffers of a file. */
export type OpenConstants = (buffers: readonly Uint8Array[]) => UnpackConstant;

/** The buffers of a file, and what unpacks those that are not plain. */
interface Constants {
  readonly buffers: readonly Uint8Array[];
  readonly unpack: UnpackConstant | undefined;
}

/** Bytes of a tensor's values when computed with. */
export function bytesOf({ dtype, size }: Pick<ModelTensor, "dtype" | "size">): number {
  return dtype === "int8" ? size : size * 4;
}

/**
 * Reads all tensors.
 * @throws KedgeError `model/corrupt` naming tensor and field.
 */
export function readTensors(
  tables: readonly Table[],
  buffers: readonly Uint8Array[],
  arenaBytes: number,
  unpacking?: OpenConstants,
): ModelTensor[] {
  if (arenaBytes > MAX_ARENA) corrupt("arena_bytes", arenaBytes, `at most ${MAX_ARENA}`);
  const source = { buffers, unpack: unpacking?.(buffers) };
  const tensors = tables.map((table) => readTensor(table, source, arenaBytes));
  if (new Set(tensors.map(({ name }) => name)).size !== tensors.length) {
    corrupt("tensors", "two tensors of one name", "unique names");
  }
  let constants = 0;
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.data) constants += bytesOf(tensor);
    else end = Math.max(end, tensor.offset + bytesOf(tensor));
  }
  if (constants > MAX_CONSTANTS) {
    corrupt("tensors", `${constants} bytes of constants`, `at most ${MAX_CONSTANTS}`);
  }
  if (arenaBytes >= end + 16) {
    corrupt("arena_bytes", arenaBytes, `no more than the ${end} bytes that are used`);
  }
  return tensors;
}

function readTensor(
  table: Table,
  { buffers, unpack }: Constants,
  arenaBytes: number,
): ModelTensor {
  const name = table.text(0);
  const fail = (field: string, got: string | number, wanted: string) =>
    corrupt(`tensor "${name}".${field}`, got, wanted);
  const uint8 = (slot: number) => table.number(slot, Uint8Array);
  const dtype = DTYPES[uint8(1)] ?? fail("dtype", uint8(1), "0…2");
  const number = uint8(5);
  const plain = ENCODINGS[number];
  const encoding = plain ?? (unpack ? "int8" : fail("encoding", number, "0…4"));
  const shape = table.numbers(2, Uint32Array);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (shape.length > MAX_RANK || shape.includes(0) || size >= 2 ** 31) {
    fail("shape", shape.join("×"), `at most ${MAX_RANK} dimensions, each at least 1`);
  }
  const place = table.number(4, Uint32Array);
  const described = { name, dtype, shape, size, encoding };
  let constant: ConstantData = { data: null };
  if (uint8(3)) {
    const data = buffers[place] ?? fail("place", place, `a buffer below ${buffers.length}`);
    const wanted = ENCODED[dtype];
    if (!wanted.includes(encoding)) fail("encoding", plain ?? number, wanted.join(" or "));
    const bytes = size * WIDTHS[encoding];
    if (!plain && unpack) constant = unpack(number, place, described);
    else if (data.length !== bytes || data.byteOffset % 16) {
      fail("place", `${data.length} bytes`, `${bytes} aligned bytes`);
    } else constant = { data };
  } else {
    if (dtype === "int32") fail("dtype", dtype, "float32 or int8");
    if (place % 16 || place + bytesOf(described) > arenaBytes) {
      fail("place", place, "a place in the arena");
    }
  }
  const zeroPoint = table.number(7, Int8Array);
  if (zeroPoint && dtype !== "int8") fail("zero_point", zeroPoint, `0 for ${dtype}`);
  const scale = table.number(6, Float32Array, 1);
  if (!(scale > 0 && scale < Infinity)) fail("scale", scale, "above 0, finite");
  const axis = uint8(9);
  const half = table.numbers(8, Uint16Array);
  const scales = half.length ? Float32Array.from(half, (bits) => scale * fromFloat16(bits)) : null;
  if (scales) {
    if (zeroPoint) fail("zero_point", zeroPoint, "0");
    if (half.length !== shape[axis]) {
      fail("channel_scales", half.length, `one for each of axis ${axis}`);
    }
    if (!scales.every((value) => value >= 0 && value < Infinity)) {
      fail("channel_scales", "a value below 0 or infinite", "finite values");
    }
  }
  const offset = constant.data ? -1 : place;
  return { ...described, offset, ...constant, scale, scales, axis, zeroPoint };
}
