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

/** Element type of a number or vector in the file: the array that holds such elements. */
export type ElementType =
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | Int32ArrayConstructor
  | Float32ArrayConstructor;

/** One table of the file; fields are addressed by their slot in the schema, from 0. */
export interface Table {
  /** What errors call it. */
  readonly name: string;
  /** A number; `absent`, or 0, where it is absent. */
  number(slot: number, type: ElementType, absent?: number): number;
  /** Numbers of a vector. */
  numbers(slot: number, type: ElementType): number[];
  /** Bytes of a vector, a view on the file. */
  bytes(slot: number): Uint8Array<ArrayBuffer>;
  /** Where the elements of a vector start, counted from the start of the file. */
  position(slot: number): number;
  /** Text; "" where it is absent. */
  text(slot: number): string;
  /** Texts of a vector. */
  texts(slot: number): string[];
  /** A table, or null where it is absent. */
  table(slot: number, name: string): Table | null;
  /** Tables of a vector; errors call them `name[i]`. */
  tables(slot: number, name: string): Table[];
}

/**
 * The root table of a file.
 * @param file starts at a multiple of 4 in its buffer.
 * @param name what errors call it.
 * @throws KedgeError `model/corrupt`, as all that reads the table does.
 */
export function rootTable(file: Uint8Array<ArrayBuffer>, name: string): Table {
  const { buffer, byteOffset, length: size } = file;
  if (size < 12) corrupt(name, size, "at least 12 bytes");
  const halves = new Uint16Array(buffer, byteOffset, size >> 1);
  const words = new Uint32Array(buffer, byteOffset, size >> 2);
  /** How many bytes of vectors may still be copied out of it. */
  let left = size * MOST_READS;
  const spend = (bytes: number, field: string) => {
    left -= bytes;
    if (left < 0) corrupt(field, bytes, "parts that do not overlap");
  };
  /** Position that the offset at a position points to. */
  const follow = (at: number, field: string) => {
    const to = at + words[at / 4];
    if (to <= at || to + 4 > size || to % 4) corrupt(field, to, "an offset in the file");
    return to;
  };
  /** Elements of `width` bytes of the vector at a position: as they lie in the file. */
  const elements = (at: number, width: number, field: string) => {
    const length = words[at / 4];
    if (at + 4 + length * width > size) corrupt(field, length, "a length within the file");
    return { at: at + 4, length };
  };
  const bytesAt = (at: number, field: string) => {
    const { at: start, length } = elements(at, 1, field);
    return new Uint8Array(buffer, byteOffset + start, length);
  };
  const textAt = (at: number, field: string) => {
    const bytes = bytesAt(at, field);
    spend(bytes.length, field);
    return decoder.decode(bytes);
  };
  const tableAt = (at: number, name: string): Table => {
    const vtable = at - (words[at / 4] | 0);
    if (vtable % 2 || vtable < 0 || vtable + 4 > size) {
      corrupt(name, vtable, "a vtable in the file");
    }
    const length = halves[vtable / 2];
    const end = at + halves[vtable / 2 + 1];
    if (length < 4 || length % 2 || vtable + length > size) {
      corrupt(name, length, "a vtable length");
    }
    if (end < at + 4 || end > size) corrupt(name, end - at, "a table length");
    const label = (slot: number) => `${name}[${slot}]`;
    /** Position of a field of `width` bytes, or 0 where it is absent. */
    const place = (slot: number, width: number) => {
      const entry = 4 + slot * 2;
      const offset = entry < length ? halves[(vtable + entry) / 2] : 0;
      if (!offset) return 0;
      const to = at + offset;
      if (offset < 4 || to + width > end || to % width) {
        corrupt(label(slot), offset, "an offset in the table");
      }
      return to;
    };
    /** Position that an offset field points to, or 0 where it is absent. */
    const target = (slot: number) => {
      const from = place(slot, 4);
      return from && follow(from, label(slot));
    };
    const numbers = (slot: number, type: ElementType) => {
      const from = target(slot);
      if (!from) return [];
      const width = type.BYTES_PER_ELEMENT;
      const { at, length } = elements(from, width, label(slot));
      spend(length * width, label(slot));
      return Array.from(new type(buffer, byteOffset + at, length));
    };
    const position = (slot: number) => {
      const to = target(slot);
      return to && to + 4;
    };
    /** Positions that a vector of offsets points to. */
    const targets = (slot: number) => {
      const first = position(slot);
      return numbers(slot, Uint32Array).map((_, i) =>
        follow(first + i * 4, `${label(slot)}[${i}]`)
      );
    };
    return {
      name,
      numbers,
      position,
      number(slot, type, absent = 0) {
        const to = place(slot, type.BYTES_PER_ELEMENT);
        return to ? new type(buffer, byteOffset + to, 1)[0] : absent;
      },
      bytes(slot) {
        const to = target(slot);
        return to ? bytesAt(to, label(slot)) : new Uint8Array();
      },
      text(slot) {
        const to = target(slot);
        return to ? textAt(to, label(slot)) : "";
      },
      texts: (slot) => targets(slot).map((to) => textAt(to, label(slot))),
      table(slot, name) {
        const to = target(slot);
        return to ? tableAt(to, name) : null;
      },
      tables: (slot, name) => targets(slot).map((to, i) => tableAt(to, `${name}[${i}]`)),
    };
  };
  const first = words[0];
  if (first % 4 || first + 4 > size) corrupt(name, first, "an offset in the file");
  return tableAt(first, name);
}
