/**
 * Values by a table: codebooks, powers of two, and groups with a multiplier.
 * @module
 */
import { unpackBits } from "./bits.ts";
import { ByteSource, flat, type Layout, type Unpack, valuesOf } from "./unpack.ts";

/** Set where each channel has a table of its own. */
export const PER_CHANNEL = 128;

/** Whether the channels of a layout are its rows; else its depth (a depthwise convolution). */
export const byRow = ({ rows }: Layout): boolean => rows > 1;

/**
 * Entries of a codebook: a byte for the number of entries less 1 and the flag, one for the index that
 * stands as 0, the least entry of each table, the bits of a gap, the gaps between the entries of all
 * tables, then a stream of indices less that one.
 */
export const codebook: Unpack = (source, layout, inner) => {
  const head = source.uint8();
  const entries = (head & 127) + 1;
  const origin = source.uint8();
  const { rows, depth } = layout;
  const channels = head & PER_CHANNEL ? byRow(layout) ? rows : depth : 1;
  const least = source.take(channels);
  const width = source.uint8();
  if (width > 8) source.fail(`${width} bits`);
  const gaps = width
    ? unpackBits(source, (entries - 1) * channels, width)
    : new Uint8Array((entries - 1) * channels);
  const table = new Int8Array(entries * channels);
  for (let i = 0, gap = 0; i < table.length; i++) {
    table[i] = i % entries ? table[i - 1] + gaps[gap++] : least[i / entries];
  }
  const values = inner(source, layout).slice();
  const run = channels === 1 ? values.length : byRow(layout) ? values.length / rows : 1;
  for (let i = 0, start = 0; i < values.length; start += entries) {
    if (start === table.length) start = 0;
    for (const end = i + run; i < end; i++) {
      const index = values[i] + origin;
      if (!(index >= 0 && index < entries)) source.fail(`index ${index}`);
      values[i] = table[start + index];
    }
  }
  return values;
};

/** A stream of exponents: 0 is 0, e is 2^(e−1), −e is −2^(e−1). */
export const pow2: Unpack = (source, layout, inner) =>
  inner(source, layout).map((e) => e < 0 ? -(2 ** (-e - 1)) : e && 2 ** (e - 1));

/**
 * Groups of values along a row with a whole multiplier each: a byte for the size of a group, of which
 * the last of a row may be shorter, or 0, then how many groups a row has and the size of each; the
 * length of the stream of multipliers, that stream, then one of the values.
 */
export const groups: Unpack = (source, layout, inner) => {
  const group = source.uint8();
  const length = valuesOf(layout) / layout.rows;
  // Where each group of a row ends.
  const ends: number[] = [];
  for (let end = 0, k = group ? Math.ceil(length / group) : source.varint(); k > 0; k--) {
    end += group || source.varint();
    ends.push(Math.min(end, length));
    if (!group && end > length) source.fail(`groups of more than ${length} values`);
  }
  if (length && ends.at(-1) !== length) source.fail(`groups of ${ends.at(-1) ?? 0} values`);
  const head = new ByteSource(source.take(source.varint()), source.name);
  const multipliers = inner(head, flat(ends.length * layout.rows));
  head.end();
  const values = inner(source, layout).slice();
  let next = 0;
  for (let start = 0; start < values.length; start += length) {
    let i = start;
    for (const end of ends) {
      const multiplier = multipliers[next++];
      for (; i < start + end; i++) values[i] *= multiplier;
    }
  }
  return values;
};
