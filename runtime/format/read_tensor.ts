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

/** Unpacks a constant of a buffer whose encoding has a number that is none of the plain ones. */
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
  source: Constants,
  arenaBytes: number,
): ModelTensor {
  const name = table.text(0);
  const field = (what: string) => `tensor "${name}".${what}`;
  const dtype = DTYPES[table.uint8(1)] ?? corrupt(field("dtype"), table.uint8(1), "0…2");
  const number = table.uint8(5);
  const plain = ENCODINGS[number];
  const encoding = plain ?? (source.unpack ? "int8" : corrupt(field("encoding"), number, "0…4"));
  const shape = table.numbers(2, "uint32");
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (shape.length > MAX_RANK || shape.includes(0) || size >= 2 ** 31) {
    corrupt(
      field("shape"),
      shape.join("×"),
      `at most ${MAX_RANK} dimensions, each at least 1`,
    );
  }
  const place = table.uint32(4);
  const constant = table.uint8(3) !== 0;
  const described = { name, dtype, shape, size, encoding };
  const data = constant
    ? constantData(described, source, place, plain ? null : number)
    : { data: null };
  if (!constant) assertPlace(described, place, arenaBytes);
  const zeroPoint = table.int8(7);
  if (zeroPoint && dtype !== "int8") {
    corrupt(field("zero_point"), zeroPoint, `0 for ${dtype}`);
  }
  const scaling = readScales(table, described);
  if (zeroPoint && scaling.scales) corrupt(field("zero_point"), zeroPoint, "0");
  return { ...described, offset: constant ? -1 : place, ...data, ...scaling, zeroPoint };
}

function constantData(
  described: Described,
  source: Constants,
  place: number,
  packed: number | null,
): ConstantData {
  const { name, dtype, size, encoding } = described;
  const field = (what: string) => `tensor "${name}".${what}`;
  const data = source.buffers[place] ??
    corrupt(field("place"), place, `a buffer below ${source.buffers.length}`);
  if (!ENCODED[dtype].includes(encoding)) {
    corrupt(field("encoding"), packed ?? encoding, ENCODED[dtype].join(" or "));
  }
  if (packed !== null && source.unpack) return source.unpack(packed, place, described);
  const wanted = size * WIDTHS[encoding];
  if (data.length !== wanted || data.byteOffset % 16) {
    corrupt(field("place"), `${data.length} bytes`, `${wanted} aligned bytes`);
  }
  return { data };
}

function assertPlace(tensor: Described, place: number, arenaBytes: number): void {
  const { name, dtype } = tensor;
  if (dtype === "int32") corrupt(`tensor "${name}".dtype`, dtype, "float32 or int8");
  if (place % 16 || place + bytesOf(tensor) > arenaBytes) {
    corrupt(`tensor "${name}".place`, place, "a place in the arena");
  }
}

function readScales(
  table: Table,
  { name, shape }: Described,
): Pick<ModelTensor, "scale" | "scales" | "axis"> {
  const scale = table.float32(6, 1);
  const axis = table.uint8(9);
  if (!(scale > 0 && scale < Infinity)) {
    corrupt(`tensor "${name}".scale`, scale, "above 0, finite");
  }
  const half = table.numbers(8, "uint16");
  if (!half.length) return { scale, scales: null, axis };
  const field = `tensor "${name}".channel_scales`;
  if (half.length !== shape[axis]) corrupt(field, half.length, `one for each of axis ${axis}`);
  const scales = Float32Array.from(half, (bits) => scale * fromFloat16(bits));
  if (!scales.every((value) => value >= 0 && value < Infinity)) {
    corrupt(field, "a value below 0 or infinite", "finite values");
  }
  return { scale, scales, axis };
}
