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

/**
 * Unpacks whatever these unpackers can. A buffer of coded constants has the number of their streams in front
 * of them.
 */
export function constantUnpacker(unpackers: Unpackers): OpenConstants {
  return (buffers) => {
    const opened = new Map<number, { source: ByteSource; streams: number }>();
    const open = (place: number) => {
      const source = new ByteSource(buffers[place], `buffers[${place}]`);
      return { source, streams: source.varint() };
    };
    let left = buffers.reduce((sum, { length }) => sum + length + 1, 0) * MOST_VALUES_PER_BYTE;
    return (number, place, { name, shape, size }: Described) => {
      const field = (what: string) => `tensor "${name}".${what}`;
      const coding = CODINGS[number - FIRST_CODING] ??
        corrupt(field("encoding"), number, "a known encoding");
      left -= size;
      if (left < 0) corrupt(field("place"), `${size} values`, "parts that do not overlap");
      const buffer = opened.get(place) ?? open(place);
      opened.set(place, buffer);
      const { source } = buffer;
      const start = source.at;
      const { values, codings } = unpack(unpackers, coding, source, layoutOf(shape));
      if (--buffer.streams === 0) source.end();
      return {
        data: new Uint8Array(values.buffer),
        coded: { codings, bytes: source.at - start },
      };
    };
  };
}
