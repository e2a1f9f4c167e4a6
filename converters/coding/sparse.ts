/**
 * Values of which many are 0.
 * @module
 */
import { masksOf } from "../../runtime/format/unpack/sparse.ts";
import { flat, type Layout, valuesOf } from "../../runtime/format/unpack/unpack.ts";
import { around, packBits, shortest, type Stream } from "./stream.ts";
import type { Encode } from "./tables.ts";

/** Sizes of blocks that are looked at. */
const BLOCKS = [4, 8];

/** A bit for every value and those that are not 0; null where few are 0. */
export function bitmask(values: Int8Array, _layout: Layout, encode: Encode): Stream | null {
  const found = values.filter((value) => value !== 0);
  if (found.length > values.length * 7 / 8) return null;
  const mask = packBits(values.map((value) => Number(value !== 0)), 1);
  return around("bitmask", [mask], encode(found, flat(found.length)));
}

/** At most N of every M values; null where no M has such an N below M. */
export function nOfM(values: Int8Array, layout: Layout, encode: Encode): Stream | null {
  const length = valuesOf(layout) / layout.rows;
  const streams = BLOCKS.filter((m) => length % m === 0).map((m) => {
    const masks = new Uint8Array(values.length / m);
    values.forEach((value, i) => masks[Math.floor(i / m)] |= Number(value !== 0) << i % m);
    const n = masks.reduce((most, mask) => Math.max(most, bitsIn(mask)), 1);
    if (n > m / 2) return null;
    const index = new Map(masksOf(n, m).map((mask, i) => [mask, i]));
    const full = masks.map((mask) => fill(mask, n));
    const chosen = values.filter((_, i) => full[Math.floor(i / m)] >> i % m & 1);
    const bits = packBits(full.map((mask) => index.get(mask)!), 32 - Math.clz32(index.size - 1));
    return around("n_of_m", [[n, m], bits], encode(chosen, flat(chosen.length)));
  });
  return streams.some((stream) => stream) ? shortest(streams) : null;
}

/** The mask with its lowest zeros set until it has `n` ones. */
const fill = (mask: number, n: number): number =>
  bitsIn(mask) < n ? fill(mask | (mask + 1), n) : mask;

const bitsIn = (mask: number): number => mask && (mask & 1) + bitsIn(mask >> 1);

/** Rows and columns that are not all 0; null where all live. */
export function live(values: Int8Array, layout: Layout, encode: Encode): Stream | null {
  const { rows, height, width, depth } = layout;
  const window = height * width;
  const rowMask = new Uint8Array(rows);
  const columnMask = new Uint8Array(depth);
  values.forEach((value, i) => {
    if (!value) return;
    columnMask[i % depth] = 1;
    rowMask[Math.floor(i / depth / window)] = 1;
  });
  const count = (mask: Uint8Array) => mask.reduce((sum, bit) => sum + bit, 0);
  const living = { ...layout, rows: count(rowMask), depth: count(columnMask) };
  if (living.rows === rows && living.depth === depth) return null;
  const found = values.filter((_, i) =>
    rowMask[Math.floor(i / depth / window)] && columnMask[i % depth]
  );
  const masks = [packBits(rowMask, 1), packBits(columnMask, 1)];
  return around("live", masks, encode(found, living));
}
