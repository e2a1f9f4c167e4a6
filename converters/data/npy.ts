/**
 * NumPy's .npy files ("A Simple File Format for NumPy Arrays", numpy.lib.format, versions 1 to 3).
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { fromFloat16 } from "../../runtime/format/float16.ts";

/** Most dimensions of an array, as in NumPy. */
const MOST_DIMENSIONS = 64;

/** Values of an array as they are worked with. */
export type NpyValues =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** An array as read: row-major values. */
export interface NpyArray {
  /** Sizes, the slowest first; empty for a scalar. */
  shape: number[];
  /** NumPy's name of the element type, without byte order: "u1", "f4", … */
  type: string;
  /** "f2" is given as float32; "i8" and "u8" as float64, exact up to 2^53. */
  values: NpyValues;
}

const READERS: Record<string, (buffer: ArrayBuffer) => NpyValues> = {
  u1: (buffer) => new Uint8Array(buffer),
  b1: (buffer) => new Uint8Array(buffer),
  i1: (buffer) => new Int8Array(buffer),
  i2: (buffer) => new Int16Array(buffer),
  u2: (buffer) => new Uint16Array(buffer),
  i4: (buffer) => new Int32Array(buffer),
  u4: (buffer) => new Uint32Array(buffer),
  f2: (buffer) => Float32Array.from(new Uint16Array(buffer), fromFloat16),
  f4: (buffer) => new Float32Array(buffer),
  f8: (buffer) => new Float64Array(buffer),
  i8: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
  u8: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number),
};

const MAGIC = "\x93NUMPY";

/** Whether bytes begin as a .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 6)) === MAGIC;
}

/**
 * Reads one .npy file.
 * @param file its name for messages.
 * @throws KedgeError `data/not-npy`, `data/truncated` or `data/dtype`.
 */
export function readNpy(bytes: Uint8Array, file: string): NpyArray {
  const fail = (code: `data/${string}`, got: string, wanted: string): never => {
    throw new KedgeError({
      code,
      message: `Reading the array "${file}": it is no sound .npy file`,
      where: { file },
      got,
      wanted,
      hint: "write it again with numpy.save or numpy.savez",
    });
  };
  if (!isNpy(bytes)) fail("data/not-npy", "another signature", JSON.stringify(MAGIC));
  if (bytes.length < 12) fail("data/truncated", `${bytes.length} bytes`, "a whole header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[6];
  if (version < 1 || version > 3) fail("data/not-npy", `version ${version}`, "version 1, 2 or 3");
  const long = version >= 2;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length) fail("data/truncated", `${bytes.length} bytes`, `a header of ${end}`);
  const header = new TextDecoder().decode(bytes.subarray(start, end));
  const descr = /'descr':\s*'([<>|=])(\w\d)'/.exec(header);
  const shapeText = /'shape':\s*\(([\d,\s]*)\)/.exec(header);
  if (!descr || !shapeText) return fail("data/dtype", header.trim(), "numbers of one type");
  const [, order, type] = descr;
  const known = Object.keys(READERS);
  if (!known.includes(type)) fail("data/dtype", type, known.join(", "));
  const width = Number(type[1]);
  const shape = shapeText[1].split(",").map((dim) => dim.trim()).filter(Boolean).map(Number);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (shape.length > MOST_DIMENSIONS || ![...shape, size].every(Number.isSafeInteger)) {
    fail("data/not-npy", `shape (${shapeText[1].slice(0, 80)})`, "a shape that NumPy can have");
  }
  if (bytes.length - end < size * width) {
    fail("data/truncated", `${bytes.length - end} bytes`, `${size * width} bytes of values`);
  }
  const data = bytes.slice(end, end + size * width);
  if (order === ">") swapBytes(data, width);
  const values = READERS[type](data.buffer);
  const fortran = /'fortran_order':\s*True/.test(header);
  return { shape, type, values: fortran ? toRowMajor(values, shape) : values };
}

/** Turns big-endian numbers into little-endian ones. */
function swapBytes(data: Uint8Array, width: number): void {
  for (let at = 0; at < data.length; at += width) data.subarray(at, at + width).reverse();
}

/** Turns column-major values (first index fastest) into row-major ones. */
function toRowMajor(values: NpyValues, shape: readonly number[]): NpyValues {
  const out = values.slice();
  const index = shape.map(() => 0);
  const strides: number[] = [];
  shape.reduce((step, dim) => (strides.push(step), step * dim), 1);
  for (let to = 0; to < out.length; to++) {
    out[to] = values[index.reduce((sum, i, axis) => sum + i * strides[axis], 0)];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}
