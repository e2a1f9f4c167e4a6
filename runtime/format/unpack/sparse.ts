/**
 * Values of which many are 0: only the others stand in the stream.
 * @module
 */
import { unpackBits } from "./bits.ts";
import { flat, type Unpack, valuesOf } from "./unpack.ts";

/** A bit for every value, set where it is not 0, then a stream of those values. */
export const bitmask: Unpack = (source, layout, inner) => {
  const values = new Int8Array(unpackBits(source, valuesOf(layout), 1).buffer);
  let live = 0;
  for (const bit of values) live += bit;
  const found = inner(source, flat(live));
  for (let i = 0, next = 0; i < values.length; i++) if (values[i]) values[i] = found[next++];
  return values;
};

/** Masks of `m` bits of which `n` are set, in the order of their size. */
export function masksOf(n: number, m: number): number[] {
  const masks = Array.from({ length: 1 << m }, (_, mask) => mask);
  const bits = (mask: number): number => mask && (mask & 1) + bits(mask >> 1);
  return masks.filter((mask) => bits(mask) === n);
}

/**
 * N of every M values: a byte for N, one for M (at most 8), for each block which of all masks of M
 * bits with N set is its own in as few bits as there are masks, then a stream of N values a block.
 */
export const n_of_m: Unpack = (source, layout, inner) => {
  const n = source.uint8();
  const m = source.uint8();
  const values = new Int8Array(valuesOf(layout));
  if (!n || n >= m || m > 8 || values.length % m) source.fail(`${n} of ${m}`);
  const masks = masksOf(n, m);
  const blocks = unpackBits(source, values.length / m, 32 - Math.clz32(masks.length - 1));
  const found = inner(source, flat(blocks.length * n));
  let next = 0;
  for (let i = 0; i < values.length; i++) {
    const mask = masks[blocks[Math.floor(i / m)]] ?? source.fail("a mask that is none");
    if (mask >> i % m & 1) values[i] = found[next++];
  }
  return values;
};

/**
 * Rows and columns of which all values are 0: a bit for each row, one for each of the depth, set for
 * those that live, then a stream of what lies in living rows and columns.
 */
export const live: Unpack = (source, layout, inner) => {
  const { rows, height, width, depth } = layout;
  const places = (count: number) => {
    const places: number[] = [];
    unpackBits(source, count, 1).forEach((lives, at) => lives && places.push(at));
    return places;
  };
  const livingRows = places(rows);
  const livingColumns = places(depth);
  const living = { ...layout, rows: livingRows.length, depth: livingColumns.length };
  const found = inner(source, living);
  const values = new Int8Array(valuesOf(layout));
  const size = height * width * depth;
  let next = 0;
  for (const row of livingRows) {
    for (let at = row * size; at < (row + 1) * size; at += depth) {
      for (let k = 0; k < livingColumns.length; k++) values[at + livingColumns[k]] = found[next++];
    }
  }
  return values;
};
