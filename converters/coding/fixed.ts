/**
 * Values in a fixed number of bits each.
 * @module
 */
import { boundsOf, join, packBits, shortest, type Stream, streamOf } from "./stream.ts";

/** The values themselves. */
export function plain(values: Int8Array): Stream {
  return streamOf("int8", new Uint8Array(values.buffer, values.byteOffset, values.length));
}

/** The shortest stream of a fixed width. */
export function fixed(values: Int8Array): Stream {
  const { low, high } = boundsOf(values);
  const within = (least: number, most: number) => low >= least && high <= most;
  const from = (first: number) => Uint8Array.from(values, (value) => value - first);
  const packed = (coding: "int4" | "int2", width: number, first: number) =>
    streamOf(coding, packBits(from(first), width));
  const width = 32 - Math.clz32(high - low);
  return shortest([
    plain(values),
    within(-8, 7) ? packed("int4", 4, -8) : null,
    within(-2, 1) ? packed("int2", 2, -2) : null,
    within(-1, 1) ? streamOf("ternary", packTrits(values)) : null,
    within(-1, 1) && !values.includes(0)
      ? streamOf("binary", packBits(values.map((value) => (value + 1) / 2), 1))
      : null,
    streamOf("bits", join([width, low & 255], packBits(from(low), width))),
  ]);
}

/** −1, 0 and 1 as digits to base 3, five a byte, the first the lowest. */
function packTrits(values: Int8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 5));
  for (let i = values.length - 1; i >= 0; i--) {
    const at = Math.floor(i / 5);
    bytes[at] = bytes[at] * 3 + values[i] + 1;
  }
  return bytes;
}
