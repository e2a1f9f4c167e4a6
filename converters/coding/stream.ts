/**
 * Streams of coded int8 values, as runtime/format/unpack/ reads them.
 * @module
 */
import type { Coding } from "../../runtime/format/model.ts";
import { TOTAL } from "../../runtime/format/unpack/distribution.ts";
import { CODINGS, FIRST_CODING, PLAIN } from "../../runtime/format/unpack/unpack.ts";
import { encodeRuns, type Symbols } from "./rans.ts";

/** A stream and its form; "int8" is the values themselves. */
export interface Stream {
  readonly coding: Coding | "int8";
  /** What stands in front of the code of symbols, all where there are none. */
  readonly bytes: Uint8Array;
  readonly symbols: Symbols | null;
  /** Bytes it takes among others; not a whole number. */
  readonly size: number;
}

/** A stream of bytes, then symbols. */
export function streamOf(
  coding: Stream["coding"],
  bytes: Uint8Array,
  symbols: Symbols | null = null,
): Stream {
  const bits = symbols ? symbols.sizes.reduce((sum, size) => sum - Math.log2(size / TOTAL), 0) : 0;
  return { coding, bytes, symbols, size: bytes.length + bits / 8 };
}

/** A stream with another one at its end, behind the number of that one's form. */
export function around(coding: Coding, head: readonly ArrayLike<number>[], inner: Stream): Stream {
  const bytes = join(...head, [numberOf(inner)], inner.bytes);
  return {
    coding,
    bytes,
    symbols: inner.symbols,
    size: bytes.length + inner.size - inner.bytes.length,
  };
}

/** The number of a stream's form inside another one. */
export function numberOf({ coding }: Stream): number {
  return coding === "int8" ? PLAIN : CODINGS.indexOf(coding) + FIRST_CODING;
}

/** A buffer of streams: how many there are, then the streams. */
export function bufferOf(streams: readonly Stream[]): Uint8Array<ArrayBuffer> {
  return join(varint(streams.length), chain(streams));
}

/** Streams behind each other, all symbols in one code. */
export function chain(streams: readonly Stream[]): Uint8Array<ArrayBuffer> {
  const codes = encodeRuns(streams.flatMap(({ symbols }) => symbols ?? []));
  return join(
    ...streams.flatMap(({ bytes, symbols }) => symbols ? [bytes, codes.shift()!] : [bytes]),
  );
}

/** The shortest of some streams, the first among equals. */
export function shortest(streams: readonly (Stream | null)[]): Stream {
  const found = streams.filter((stream) => stream !== null);
  return found.reduce((best, stream) => stream.size < best.size ? stream : best);
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
