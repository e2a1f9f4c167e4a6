/**
 * Streams of coded int8 values, as runtime/format/unpack/ reads them.
 * @module
 */
import type { Coding } from "../../runtime/format/model.ts";
import { CODINGS, FIRST_CODING, PLAIN } from "../../runtime/format/unpack/unpack.ts";

/** A stream and its form; "int8" is the values themselves. */
export interface Stream {
  readonly coding: Coding | "int8";
  readonly bytes: Uint8Array;
}

/** The shortest of some streams, the first among equals. */
export function shortest(streams: readonly (Stream | null)[]): Stream {
  const found = streams.filter((stream) => stream !== null);
  return found.reduce((best, stream) => stream.bytes.length < best.bytes.length ? stream : best);
}

/** A stream as it stands inside another one: the number of its form first. */
export function nested({ coding, bytes }: Stream): Uint8Array {
  const number = coding === "int8" ? PLAIN : CODINGS.indexOf(coding) + FIRST_CODING;
  return join([number], bytes);
}

/** Some bytes behind each other. */
export function join(...parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A whole number below 2^28, seven bits a byte, lowest first (LEB128). */
export function varint(value: number): number[] {
  return value < 128 ? [value] : [value & 127 | 128, ...varint(value >>> 7)];
}

/** Whole numbers below 2^width, packed with the first in the lowest bits. */
export function packBits(values: ArrayLike<number>, width: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length * width / 8));
  for (let i = 0, at = 0; i < values.length; i++, at += width) {
    const shifted = values[i] << (at & 7);
    bytes[at >> 3] |= shifted;
    if ((at & 7) + width > 8) bytes[(at >> 3) + 1] |= shifted >> 8;
  }
  return bytes;
}

/** Smallest and largest of some values; 0 for none. */
export function boundsOf(values: Int8Array): { low: number; high: number } {
  if (!values.length) return { low: 0, high: 0 };
  let low = 127;
  let high = -128;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
