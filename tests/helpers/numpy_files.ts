/** NumPy's files, written as NumPy writes them and as it never would. */
import { crc32, deflateRawSync } from "node:zlib";

const ASCII = new TextEncoder();

/** What an .npy file says of its values. */
export interface NpyOptions {
  descr?: string;
  /** As it stands in the header, for example "(2, 3)". */
  shape: string;
  fortran?: boolean;
  version?: number;
}

/** An .npy file (numpy.lib.format) around the bytes of its values. */
export function npy(
  values: ArrayBufferView,
  { descr = "<f4", shape, fortran = false, version = 1 }: NpyOptions,
): Uint8Array<ArrayBuffer> {
  const type = descr.startsWith("[") ? descr : `'${descr}'`;
  const text = `{'descr': ${type}, 'fortran_order': ${fortran ? "True" : "False"}, ` +
    `'shape': ${shape}, }`;
  const fixed = version === 1 ? 10 : 12;
  const header = ASCII.encode(text + " ".repeat(63 - (fixed + text.length) % 64) + "\n");
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const file = new Uint8Array(fixed + header.length + data.length);
  file.set([0x93, ...ASCII.encode("NUMPY"), version, 0]);
  const view = new DataView(file.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  file.set(header, fixed);
  file.set(data, fixed + header.length);
  return file;
}

/** float32 values of a shape as an .npy file. */
export function floats(values: number[], shape: string): Uint8Array<ArrayBuffer> {
  return npy(Float32Array.from(values), { shape });
}

/** One entry of an archive, with what may be wrong with it. */
export interface ZipPart {
  name: string;
  data: Uint8Array;
  deflate?: boolean;
  /** Sizes and offset in a ZIP64 extra field. */
  zip64?: boolean;
  /** Instead of what is true. */
  claims?: { unpacked?: number; crc?: number; method?: number; flags?: number; local?: number };
}

/** A ZIP archive (PKWARE APPNOTE 6.3.10). */
export function zip(
  parts: readonly ZipPart[],
  { comment = "", zip64 = false, count = parts.length } = {},
): Uint8Array<ArrayBuffer> {
  const file: number[] = [];
  const directory: number[] = [];
  for (const { name, data, deflate = false, zip64 = false, claims = {} } of parts) {
    const packed = deflate ? deflateRawSync(data) : data;
    const unpacked = claims.unpacked ?? data.length;
    const local = claims.local ?? file.length;
    const common = [
      ...u16(claims.flags ?? 0, claims.method ?? (deflate ? 8 : 0), 0, 0),
      ...u32(claims.crc ?? crc32(data)),
      ...(zip64 ? u32(0xffffffff, 0xffffffff) : u32(packed.length, unpacked)),
      ...u16(name.length),
    ];
    const large = zip64 ? [...u16(1, 24), ...u64(unpacked, packed.length, local)] : [];
    directory.push(...u32(0x02014b50), ...u16(45, 45), ...common, ...u16(large.length, 0, 0, 0));
    directory.push(...u32(0, zip64 ? 0xffffffff : local), ...ASCII.encode(name), ...large);
    file.push(...u32(0x04034b50), ...u16(45), ...common, ...u16(0), ...ASCII.encode(name));
    for (const byte of packed) file.push(byte);
  }
  const at = file.length;
  for (const byte of directory) file.push(byte);
  if (zip64) {
    const end = file.length;
    file.push(...u32(0x06064b50), ...u64(44), ...u16(45, 45), ...u32(0, 0));
    file.push(...u64(count, count, directory.length, at));
    file.push(...u32(0x07064b50, 0), ...u64(end), ...u32(1));
  }
  const short = zip64 ? 0xffff : count;
  file.push(...u32(0x06054b50), ...u16(0, 0, short, short));
  file.push(...u32(directory.length, zip64 ? 0xffffffff : at), ...u16(comment.length));
  return Uint8Array.from([...file, ...ASCII.encode(comment)]);
}

const u16 = (...values: number[]) => values.flatMap((value) => [value & 255, value >> 8 & 255]);
const u32 = (...values: number[]) => values.flatMap((value) => u16(value, value >>> 16));
const u64 = (...values: number[]) =>
  values.flatMap((value) => u32(value % 2 ** 32, Math.floor(value / 2 ** 32)));
