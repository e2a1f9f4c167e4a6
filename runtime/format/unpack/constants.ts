/**
 * Unpacks the constants of a file.
 * @module
 */
import { corrupt } from "../flatbuffer_view.ts";
import type { Described, OpenConstants } from "../read_tensor.ts";
import {
  ByteSource,
  CODINGS,
  FIRST_CODING,
  layoutOf,
  MOST_VALUES_PER_BYTE,
  unpack,
  type Unpackers,
} from "./unpack.ts";

/** Unpacks whatever these unpackers can. */
export function constantUnpacker(unpackers: Unpackers): OpenConstants {
  return (buffers) => {
    const sources = new Map<number, ByteSource>();
    let left = buffers.reduce((sum, { length }) => sum + length + 1, 0) * MOST_VALUES_PER_BYTE;
    const next = (number: number, place: number, { name, shape, size }: Described) => {
      const field = (what: string) => `tensor "${name}".${what}`;
      const coding = CODINGS[number - FIRST_CODING] ??
        corrupt(field("encoding"), number, "a known encoding");
      left -= size;
      if (left < 0) corrupt(field("place"), `${size} values`, "parts that do not overlap");
      const source = sources.get(place) ?? new ByteSource(buffers[place], `buffers[${place}]`);
      sources.set(place, source);
      const start = source.at;
      const { values, codings } = unpack(unpackers, coding, source, layoutOf(shape));
      return {
        data: new Uint8Array(values.buffer),
        coded: { codings, bytes: source.at - start },
      };
    };
    return { next, end: () => sources.forEach((source) => source.end()) };
  };
}
