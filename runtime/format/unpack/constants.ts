/**
 * Unpacks the constants of a file.
 * @module
 */
import { corrupt } from "../flatbuffer_view.ts";
import type { ConstantData, Described, OpenConstants } from "../read_tensor.ts";
import {
  CODINGS,
  FIRST_CODING,
  layoutOf,
  MOST_VALUES_PER_BYTE,
  unpack,
  type Unpackers,
} from "./unpack.ts";

/** Unpacks whatever these unpackers can; those of one buffer and shape are shared. */
export function constantUnpacker(unpackers: Unpackers): OpenConstants {
  return (buffers) => {
    const known = new Map<string, ConstantData>();
    let left = buffers.reduce((sum, { length }) => sum + length + 1, 0) * MOST_VALUES_PER_BYTE;
    return (number, place, { name, shape, size }: Described) => {
      const field = (what: string) => `tensor "${name}".${what}`;
      const key = [place, number, ...shape].join();
      const found = known.get(key);
      if (found) return found;
      const coding = CODINGS[number - FIRST_CODING] ??
        corrupt(field("encoding"), number, "a known encoding");
      left -= size;
      if (left < 0) corrupt(field("place"), `${size} values`, "parts that do not overlap");
      const bytes = buffers[place];
      const layout = layoutOf(shape);
      const { values, codings } = unpack(unpackers, coding, bytes, layout, field("place"));
      const data = {
        data: new Uint8Array(values.buffer),
        coded: { codings, bytes: bytes.length },
      };
      known.set(key, data);
      return data;
    };
  };
}
