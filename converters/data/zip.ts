/**
 * Reads ZIP archives, which `.npz` files are: the central directory, stored and deflated entries,
 * ZIP64 (PKWARE APPNOTE 6.3.10, §4.3, §4.5.3). Every entry is held to its length and CRC-32, which
 * the common JavaScript packages leave out.
 * @module
 */
import { crc32, inflateRawSync } from "node:zlib";
import { KedgeError } from "../../runtime/format/error.ts";

/** One entry of an archive. */
export interface ZipEntry {
  name: string;
  /** Unpacks the entry. @throws KedgeError `data/truncated`, `data/corrupt`, `data/not-npz`. */
  read(): Uint8Array;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const IN_ZIP64 = 0xffffffff;
/** Bytes that the entries of any archive may unpack to; those of a large one to more. */
const ALWAYS_GOOD = 2 ** 28;
/** How many times its size an archive may unpack to. */
const MOST_TIMES = 100;

/**
 * Lists an archive.
 * @param file its name for messages.
 * @throws KedgeError `data/not-npz`, `data/truncated`, `data/corrupt`.
 */
export function readZip(bytes: Uint8Array, file: string): ZipEntry[] {
  const archive = new Archive(bytes, file);
  const entries: ZipEntry[] = [];
  let { count, at } = archive.directory();
  let total = 0;
  for (; count > 0; count--) {
    const head = archive.view(at, 46);
    if (head.getUint32(0, true) !== ENTRY) {
      throw archive.fault("corrupt", "its directory is damaged");
    }
    const nameLength = head.getUint16(28, true);
    const extraLength = head.getUint16(30, true);
    const name = new TextDecoder().decode(archive.slice(at + 46, nameLength));
    const sizes = entrySizes(head, archive.view(at + 46 + nameLength, extraLength));
    total += sizes.unpacked;
    if (total > Math.max(ALWAYS_GOOD, bytes.length * MOST_TIMES)) {
      const hint = "if it is sound, write it with numpy.savez, without compression";
      throw archive.fault("corrupt", `it would unpack to ${total} bytes or more`, hint);
    }
    entries.push({ name, read: () => unpack(archive, name, head, sizes) });
    at += 46 + nameLength + extraLength + head.getUint16(32, true);
  }
  return entries;
}

interface Sizes {
  packed: number;
  unpacked: number;
  local: number;
}

/** Sizes of an entry; those that do not fit into 32 bits stand in the ZIP64 extra field (id 1). */
function entrySizes(head: DataView, extra: DataView): Sizes {
  const sizes = {
    unpacked: head.getUint32(24, true),
    packed: head.getUint32(20, true),
    local: head.getUint32(42, true),
  };
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const end = at + 4 + extra.getUint16(at + 2, true);
    let field = at + 4;
    for (const key of ["unpacked", "packed", "local"] as const) {
      const here = extra.getUint16(at, true) === 1 && sizes[key] === IN_ZIP64;
      if (!here || field + 8 > Math.min(end, extra.byteLength)) continue;
      sizes[key] = Number(extra.getBigUint64(field, true));
      field += 8;
    }
    at = end;
  }
  return sizes;
}

function unpack(archive: Archive, name: string, head: DataView, sizes: Sizes): Uint8Array {
  const method = head.getUint16(10, true);
  const encrypted = (head.getUint16(8, true) & 1) === 1;
  if (encrypted || (method !== 0 && method !== 8)) {
    const how = encrypted ? "encrypted" : `packed by method ${method}`;
    throw archive.fault("not-npz", `"${name}" is ${how}`, "write it with numpy.savez");
  }
  const local = archive.view(sizes.local, 30);
  if (local.getUint32(0, true) !== LOCAL) {
    throw archive.fault("corrupt", `"${name}" is not where the directory says`);
  }
  const start = sizes.local + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = archive.slice(start, sizes.packed);
  const data = method === 0 ? packed : inflate(archive, name, packed, sizes.unpacked);
  if (data.length !== sizes.unpacked || crc32(data) !== head.getUint32(16, true)) {
    throw archive.fault("corrupt", `"${name}" does not have its checksum`);
  }
  return data;
}

function inflate(archive: Archive, name: string, packed: Uint8Array, size: number): Uint8Array {
  try {
    const out = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
    // Not a Buffer, whose slice() shares memory.
    return new Uint8Array(out.buffer, out.byteOffset, out.length);
  } catch (cause) {
    throw archive.fault("corrupt", `"${name}" cannot be unpacked`, undefined, cause);
  }
}

/** The file's bytes, read within bounds. */
class Archive {
  constructor(readonly bytes: Uint8Array, readonly file: string) {}

  slice(at: number, length: number): Uint8Array {
    if (at + length > this.bytes.length) {
      throw this.fault("truncated", `it ends before byte ${at + length}`);
    }
    return this.bytes.subarray(at, at + length);
  }

  view(at: number, length: number): DataView {
    const { buffer, byteOffset } = this.slice(at, length);
    return new DataView(buffer, byteOffset, length);
  }

  /** Number of entries and where the first of the directory stands. */
  directory(): { count: number; at: number } {
    const { bytes } = this;
    // The record has 22 bytes and a comment of at most 65535 behind it.
    const lowest = Math.max(0, bytes.length - 22 - 65535);
    let end = bytes.length - 22;
    while (end >= lowest && this.view(end, 4).getUint32(0, true) !== END) end--;
    if (end < lowest) {
      const started = bytes.length >= 4 && this.view(0, 4).getUint32(0, true) === LOCAL;
      throw started
        ? this.fault("truncated", "its end is missing")
        : this.fault("not-npz", "it is not a ZIP archive", "write it with numpy.savez");
    }
    const record = this.view(end, 22);
    const locator = end >= 20 ? this.view(end - 20, 20) : null;
    if (locator?.getUint32(0, true) === END64_LOCATOR) {
      const record64 = this.view(Number(locator.getBigUint64(8, true)), 56);
      if (record64.getUint32(0, true) !== END64) {
        throw this.fault("corrupt", "its directory is damaged");
      }
      return {
        count: Number(record64.getBigUint64(32, true)),
        at: Number(record64.getBigUint64(48, true)),
      };
    }
    return { count: record.getUint16(10, true), at: record.getUint32(16, true) };
  }

  fault(
    kind: "truncated" | "corrupt" | "not-npz",
    found: string,
    hint = "copy the file again",
    cause?: unknown,
  ): KedgeError {
    return new KedgeError({
      code: `data/${kind}`,
      message: `Reading the archive "${this.file}": ${found}`,
      where: { file: this.file },
      got: `${this.bytes.length} bytes`,
      hint,
    }, { cause });
  }
}
