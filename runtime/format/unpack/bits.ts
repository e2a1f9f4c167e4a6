/**
 * Values of a fixed width: so many bits each, the first value in the lowest bits.
 * @module
 */
import { type ByteSource, type Unpack, valuesOf } from "./unpack.ts";

/** `count` whole numbers of `width` bits each, 1 to 8. */
export function unpackBits(source: ByteSource, count: number, width: number): Uint8Array {
  const bytes = source.take(Math.ceil(count * width / 8));
  const values = new Uint8Array(count);
  const mask = (1 << width) - 1;
  let held = 0;
  let room = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (room < width) {
      held |= bytes[at++] << room;
      room += 8;
    }
    values[i] = held & mask;
    held >>>= width;
    room -= width;
  }
  return values;
}

/** Values from `low` upwards, in int8. */
function range(width: number, low: number): Unpack {
  return (source, layout) => {
    const values = new Int8Array(unpackBits(source, valuesOf(layout), width).buffer);
    for (let i = 0; i < values.length; i++) values[i] += low;
    return values;
  };
}

/** −8…7, two a byte. */
export const int4: Unpack = range(4, -8);

/** −2…1, four a byte. */
export const int2: Unpack = range(2, -2);

/** −1 and 1, eight a byte. */
export const binary: Unpack = (source, layout) => {
  const values = new Int8Array(unpackBits(source, valuesOf(layout), 1).buffer);
  for (let i = 0; i < values.length; i++) values[i] = 2 * values[i] - 1;
  return values;
};

/** Any width: a byte for the width (0 to 8, 0 for one value throughout), one for the lowest value. */
export const bits: Unpack = (source, layout, inner) => {
  const width = source.uint8();
  const low = source.int8();
  if (width > 8) source.fail(`${width} bits`);
  return width
    ? range(width, low)(source, layout, inner)
    : new Int8Array(valuesOf(layout)).fill(low);
};

/** −1, 0 and 1, five a byte as digits to base 3, the first the lowest: 1.6 bits a value. */
export const ternary: Unpack = (source, layout) => {
  const values = new Int8Array(valuesOf(layout));
  const bytes = source.take(Math.ceil(values.length / 5));
  for (let i = 0, digits = 0; i < values.length; i++) {
    if (i % 5 === 0) digits = bytes[i / 5];
    if (digits > 242) source.fail(`${digits} for five digits`);
    values[i] = digits % 3 - 1;
    digits = Math.floor(digits / 3);
  }
  return values;
};
