/**
 * Values by a table: codebooks, powers of two, groups with a multiplier.
 * @module
 */
import { flat, type Layout, valuesOf } from "../../runtime/format/unpack/unpack.ts";
import { byRow, PER_CHANNEL } from "../../runtime/format/unpack/tables.ts";
import {
  around,
  boundsOf,
  chain,
  join,
  numberOf,
  packBits,
  type Stream,
  varint,
} from "./stream.ts";

/** Makes a stream of values in the way that is wanted. */
export type Encode = (values: Int8Array, layout: Layout) => Stream;

/** Most entries of a codebook: more bits than 7 are no gain. */
const MOST_ENTRIES = 128;

/** Uneven groups have as many columns as this or more, on average. */
const NARROWEST = 4;

/** Sizes of groups that are looked for. */
const GROUPS = [16, 32, 64, 128];

/** Indices into one table of the values that occur; null where they have no gaps. */
export function codebook(values: Int8Array, layout: Layout, encode: Encode): Stream | null {
  const { low, high } = boundsOf(values);
  const table = distinct(values);
  if (table.length > MOST_ENTRIES || table.length === high - low + 1) return null;
  const origin = originOf(nearestZero(table), table.length);
  const index = indexOf(table);
  const indices = values.map((value) => index[value + 128] - origin);
  const head = [table.length - 1, origin];
  return around("codebook", [head, pack([table])], encode(indices, layout));
}

/** Indices into a table for each channel; null where a channel has as many values as all together. */
export function channelCodebook(values: Int8Array, layout: Layout, encode: Encode): Stream | null {
  const channels = byRow(layout) ? layout.rows : layout.depth;
  if (channels < 2 || values.length / channels < 8) return null;
  const run = byRow(layout) ? values.length / channels : 1;
  const channelOf = (i: number) => Math.floor(i / run) % channels;
  const found = Array.from({ length: channels }, () => new Set<number>());
  values.forEach((value, i) => found[channelOf(i)].add(value));
  const entries = found.reduce((most, { size }) => Math.max(most, size), 0);
  if (entries > MOST_ENTRIES / 2 || entries >= distinct(values).length) return null;
  const tables = found.map((set) => [...set].sort((a, b) => a - b));
  // A channel with fewer values repeats its largest; those near 0 stand at one index in all.
  const origin = originOf(Math.max(...tables.map(nearestZero)), entries);
  const filled = tables.map((table) => {
    const room = entries - table.length;
    const before = Math.max(0, Math.min(origin - nearestZero(table), room));
    const behind = room - before;
    return [
      ...new Array<number>(before).fill(table[0]),
      ...table,
      ...new Array<number>(behind).fill(table[table.length - 1]),
    ];
  });
  const index = filled.map(indexOf);
  const indices = values.map((value, i) => index[channelOf(i)][value + 128] - origin);
  const head = [entries - 1 | PER_CHANNEL, origin];
  return around("codebook", [head, pack(filled)], encode(indices, layout));
}

/** The index that stands as 0: so that at most 16 entries are −8…7. */
function originOf(nearest: number, entries: number): number {
  return entries > 16 ? nearest : Math.min(8, Math.max(entries - 8, nearest));
}

/** The least entry of each table, then the gaps between entries. */
function pack(tables: readonly (readonly number[])[]): Uint8Array {
  const gaps = tables.flatMap((table) => table.slice(1).map((value, i) => value - table[i]));
  const width = 32 - Math.clz32(gaps.reduce((most, gap) => Math.max(most, gap), 0));
  const packed = width ? packBits(gaps, width) : [];
  return join(tables.map(([least]) => least & 255), [width], packed);
}

/** Exponents of powers of two; null where other values occur. */
export function pow2(values: Int8Array, layout: Layout, encode: Encode): Stream | null {
  const magnitudes = values.map((value) => value && 32 - Math.clz32(Math.abs(value)));
  if (!values.every((value, i) => Math.abs(value) === (value && 2 ** (magnitudes[i] - 1)))) {
    return null;
  }
  const exponents = magnitudes.map((e, i) => values[i] < 0 ? -e : e);
  return around("pow2", [], encode(exponents, layout));
}

/** 4-bit values with a multiplier for each group of a row; null where groups have no such factor. */
export function groups(values: Int8Array, layout: Layout, encode: Encode): Stream | null {
  const length = valuesOf(layout) / layout.rows;
  const found = values.length ? findGroups(values, length) : null;
  if (!found) return null;
  const { sizes, multipliers } = found;
  const places = sizes.flatMap((size, k) => new Array<number>(size).fill(k));
  const small = values.map((value, i) => {
    const row = Math.floor(i / length) * sizes.length;
    return value / multipliers[row + places[i % length]];
  });
  const factors = encode(multipliers, flat(multipliers.length));
  const first = join([numberOf(factors)], chain([factors]));
  const even = sizes.every((size, k) =>
    k < sizes.length - 1 ? size === sizes[0] : size <= sizes[0]
  );
  const form = even && sizes[0] < 256
    ? [sizes[0]]
    : [0, ...[sizes.length, ...sizes].flatMap(varint)];
  return around("groups", [[...form, ...varint(first.length)], first], encode(small, layout));
}

/** Sizes of the groups of a row, and the multipliers of all groups, row by row. */
interface Groups {
  readonly sizes: readonly number[];
  readonly multipliers: Int8Array;
}

/** Groups of one size, or, as columns may have been taken out, of as many columns as have factors. */
function findGroups(values: Int8Array, length: number): Groups | null {
  for (const group of GROUPS.toReversed()) {
    if (length <= group / 2) continue;
    const sizes = Array.from(
      { length: Math.ceil(length / group) },
      (_, k) => Math.min(group, length - k * group),
    );
    const multipliers = multipliersOf(values, sizes);
    if (multipliers) return { sizes, multipliers };
  }
  const sizes = unevenSizes(values, length);
  const multipliers = sizes && multipliersOf(values, sizes);
  return multipliers && { sizes: sizes!, multipliers };
}

/** Greatest common divisor of each group, if it leaves −8…7 everywhere. */
function multipliersOf(values: Int8Array, sizes: readonly number[]): Int8Array | null {
  const multipliers: number[] = [];
  for (let start = 0; start < values.length;) {
    for (const size of sizes) {
      const part = values.subarray(start, start += size);
      const common = part.reduce(greatestDivisor, 0) || 1;
      const { low, high } = boundsOf(part);
      if (common > 127 || !isSmall(low, high, common)) return null;
      multipliers.push(common);
    }
  }
  return multipliers.some((value) => value > 1) ? Int8Array.from(multipliers) : null;
}

const isSmall = (low: number, high: number, common: number) =>
  low / common >= -8 && high / common <= 7;

/** The widest groups of columns in which all rows have a factor, left to right; null where they are narrow. */
function unevenSizes(values: Int8Array, length: number): number[] | null {
  const rows = values.length / length;
  const sizes: number[] = [];
  let factors = new Array<{ low: number; high: number; common: number }>(rows)
    .fill({ low: 0, high: 0, common: 0 });
  const widen = (column: number, from: typeof factors) =>
    from.map(({ low, high, common }, row) => {
      const value = values[row * length + column];
      return {
        low: Math.min(low, value),
        high: Math.max(high, value),
        common: greatestDivisor(common, value),
      };
    });
  let start = 0;
  for (let column = 0; column < length; column++) {
    const wider = widen(column, factors);
    if (wider.every(({ low, high, common }) => isSmall(low, high, common || 1))) {
      factors = wider;
      continue;
    }
    sizes.push(column - start);
    start = column;
    factors = widen(column, new Array(rows).fill({ low: 0, high: 0, common: 0 }));
    if (sizes.length * NARROWEST > length) return null;
  }
  return [...sizes, length - start];
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y) [x, y] = [y, x % y];
  return x;
}

function distinct(values: Int8Array): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Index of the entry nearest to 0. */
function nearestZero(table: readonly number[]): number {
  return table.reduce((best, value, i) => Math.abs(value) < Math.abs(table[best]) ? i : best, 0);
}

/** Index of each value −128…127 in a table. */
function indexOf(table: readonly number[]): Uint8Array {
  const index = new Uint8Array(256);
  table.forEach((value, i) => index[value + 128] = i);
  return index;
}
