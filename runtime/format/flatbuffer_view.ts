/**
 * A checked reader of the FlatBuffers wire format ("FlatBuffers Internals", flatbuffers.dev). Every
 * offset, length and alignment is checked; npm's own runtime checks none of them.
 * @module
 */
import { KedgeError } from "./error.ts";

const decoder = new TextDecoder();

/** Longest text that an error quotes from a file. */
const LONGEST_QUOTE = 120;

/** Throws `model/corrupt` for a field of the file. */
export function corrupt(
  field: string,
  got: string | number,
  wanted: string,
): never {
  const tensor = clip(field);
  throw new KedgeError({
    code: "model/corrupt",
    message: `Reading the .kedge file: field "${tensor}" does not fit`,
    where: { tensor },
    got: clip(String(got)),
    wanted: clip(wanted),
    hint: "the file is damaged: pack the model again",
  });
}

function clip(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

/**
 * How often the bytes of a file may be read. Parts of a sound file hardly overlap; a small file whose
 * offsets all point to one long vector would otherwise cost the square of its length.
 */
const MOST_READS = 4;

/** The file, and how many bytes of vectors may still be copied out of it. */
class Source {
  #left: number;

  constructor(readonly view: DataView) {
    this.#left = view.byteLength * MOST_READS;
  }

  /** Counts bytes that field `name` copies. */
  spend(bytes: number, name: string): void {
    this.#left -= bytes;
    if (this.#left < 0) corrupt(name, bytes, "parts that do not overlap");
  }
}

/** One table of the file; fields are addressed by their slot in the schema, from 0. */
export class Table {
  readonly #source: Source;
  readonly #view: DataView;
  readonly #at: number;
  readonly #vtable: number;
  readonly #slots: number;
  readonly #end: number;

  /** The root table of a file; `name` is what errors call it. */
  static root(bytes: Uint8Array, name: string): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < 12) corrupt(name, bytes.length, "at least 12 bytes");
    return new Table(new Source(view), view.getUint32(0, true), name);
  }

  private constructor(source: Source, at: number, readonly name: string) {
    const { view } = source;
    const size = view.byteLength;
    if (at % 4 || at + 4 > size) corrupt(name, at, "an offset in the file");
    const vtable = at - view.getInt32(at, true);
    if (vtable % 2 || vtable < 0 || vtable + 4 > size) {
      corrupt(name, vtable, "a vtable in the file");
    }
    const length = view.getUint16(vtable, true);
    const end = at + view.getUint16(vtable + 2, true);
    if (length < 4 || length % 2 || vtable + length > size) {
      corrupt(name, length, "a vtable length");
    }
    if (end < at + 4 || end > size) corrupt(name, end - at, "a table length");
    this.#source = source;
    this.#view = view;
    this.#at = at;
    this.#vtable = vtable;
    this.#slots = (length - 4) / 2;
    this.#end = end;
  }

  /** Byte position of a field of `width` bytes, or 0 where it is absent. */
  #field(slot: number, width: number): number {
    if (slot >= this.#slots) return 0;
    const offset = this.#view.getUint16(this.#vtable + 4 + slot * 2, true);
    if (!offset) return 0;
    const at = this.#at + offset;
    if (offset < 4 || at + width > this.#end || at % width) {
      corrupt(`${this.name}[${slot}]`, offset, "an offset in the table");
    }
    return at;
  }

  /** Unsigned byte. */
  uint8(slot: number): number {
    const at = this.#field(slot, 1);
    return at ? this.#view.getUint8(at) : 0;
  }

  /** Signed byte. */
  int8(slot: number): number {
    return this.uint8(slot) << 24 >> 24;
  }

  /** 16-bit unsigned. */
  uint16(slot: number): number {
    const at = this.#field(slot, 2);
    return at ? this.#view.getUint16(at, true) : 0;
  }

  /** 32-bit unsigned. */
  uint32(slot: number): number {
    const at = this.#field(slot, 4);
    return at ? this.#view.getUint32(at, true) : 0;
  }

  /** Single precision. */
  float32(slot: number, absent: number): number {
    const at = this.#field(slot, 4);
    return at ? this.#view.getFloat32(at, true) : absent;
  }

  /** Position that an offset field points to, or 0 where it is absent. */
  #target(slot: number): number {
    const at = this.#field(slot, 4);
    if (!at) return 0;
    const to = at + this.#view.getUint32(at, true);
    if (to <= at || to + 4 > this.#view.byteLength || to % 4) {
      corrupt(`${this.name}[${slot}]`, to, "an offset in the file");
    }
    return to;
  }

  /** A table, or null where it is absent. */
  table(slot: number, name: string): Table | null {
    const at = this.#target(slot);
    return at ? new Table(this.#source, at, name) : null;
  }

  /** Start and element count of a vector; a length of 0 where it is absent. */
  #vector(slot: number, width: number): [number, number] {
    const at = this.#target(slot);
    if (!at) return [0, 0];
    const length = this.#view.getUint32(at, true);
    const start = at + 4;
    if (start + length * width > this.#view.byteLength || start % width) {
      corrupt(`${this.name}[${slot}]`, length, "a length within the file");
    }
    return [start, length];
  }

  /** Bytes of a vector, a view on the file. */
  bytes(slot: number): Uint8Array<ArrayBuffer> {
    const [start, length] = this.#vector(slot, 1);
    const { buffer, byteOffset } = this.#view;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset + start, length);
  }

  /** Where the bytes of a vector start, counted from the start of the file. */
  position(slot: number): number {
    return this.#vector(slot, 1)[0];
  }

  /** Text; "" where it is absent. */
  text(slot: number): string {
    const bytes = this.bytes(slot);
    this.#source.spend(bytes.length, `${this.name}[${slot}]`);
    return decoder.decode(bytes);
  }

  /** Numbers of a vector. */
  numbers(
    slot: number,
    type: "uint16" | "uint32" | "int32" | "float32",
  ): number[] {
    const width = type === "uint16" ? 2 : 4;
    const [start, length] = this.#vector(slot, width);
    this.#source.spend(length * width, `${this.name}[${slot}]`);
    const view = this.#view;
    return Array.from({ length }, (_, i) => {
      const at = start + i * width;
      if (type === "uint16") return view.getUint16(at, true);
      if (type === "uint32") return view.getUint32(at, true);
      return type === "int32" ? view.getInt32(at, true) : view.getFloat32(at, true);
    });
  }

  /** Positions that a vector of offsets points to. */
  #targets(slot: number): number[] {
    const [start, length] = this.#vector(slot, 4);
    this.#source.spend(length * 4, `${this.name}[${slot}]`);
    return Array.from({ length }, (_, i) => {
      const at = start + i * 4;
      const to = at + this.#view.getUint32(at, true);
      if (to <= at || to + 4 > this.#view.byteLength || to % 4) {
        corrupt(`${this.name}[${slot}][${i}]`, to, "an offset in the file");
      }
      return to;
    });
  }

  /** Tables of a vector; errors call them `name[i]`. */
  tables(slot: number, name: string): Table[] {
    return this.#targets(slot).map((at, i) => new Table(this.#source, at, `${name}[${i}]`));
  }

  /** Texts of a vector. */
  texts(slot: number): string[] {
    return this.#targets(slot).map((at) => {
      const length = this.#view.getUint32(at, true);
      if (at + 4 + length > this.#view.byteLength) {
        corrupt(`${this.name}[${slot}]`, length, "a length within the file");
      }
      this.#source.spend(length, `${this.name}[${slot}]`);
      const { buffer, byteOffset } = this.#view;
      return decoder.decode(
        new Uint8Array(buffer, byteOffset + at + 4, length),
      );
    });
  }
}
