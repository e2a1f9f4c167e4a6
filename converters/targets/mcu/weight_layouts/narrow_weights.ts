/**
 * int8 weights that take few values, as indices of 1, 2 or 4 bits into a table of those values:
 * int4, int2, ternary, binary, powers of two and codebooks are all this, and stay packed in flash
 * (`runtime/c99/packed_weights.c` reads them).
 * @module
 */

/** Weights as indices. */
export interface NarrowWeights {
  /** Bits of an index: 1, 2 or 4. */
  readonly bits: number;
  /** Values by index, for all channels or, one table behind the other, for each. */
  readonly values: Int8Array;
  /** Whether each channel has a table of its own. */
  readonly perChannel: boolean;
  /** Indices, channel by channel, each begun on a new byte, low bits first. */
  readonly indices: Uint8Array;
  /** Bytes of one channel's indices. */
  readonly rowBytes: number;
}

/** Fewer weights than this are not worth the code that reads them. */
const FEWEST = 512;
/** Indices and tables have to be smaller than this share of the int8 weights. */
const LARGEST_SHARE = 0.7;

/**
 * Packs weights where that is worth it; null where not.
 * @param weights [channels, K], or [K, channels] where `depthwise`.
 */
export function narrowWeights(
  weights: Int8Array,
  channels: number,
  depthwise = false,
): NarrowWeights | null {
  if (weights.length < FEWEST) return null;
  const depth = weights.length / channels;
  const rows = Array.from(
    { length: channels },
    (_, c) =>
      depthwise
        ? Int8Array.from({ length: depth }, (_, k) => weights[k * channels + c])
        : weights.subarray(c * depth, (c + 1) * depth),
  );
  const shared = distinct(weights);
  const own = rows.map(distinct);
  const most = Math.max(...own.map((values) => values.length));
  const candidates = [packRows(rows, [shared]), most < shared.length ? packRows(rows, own) : null]
    .filter((packed) => packed !== null)
    .sort((a, b) => sizeOf(a) - sizeOf(b));
  const best = candidates[0];
  return best && sizeOf(best) <= LARGEST_SHARE * weights.length ? best : null;
}

/** The different values, in ascending order. */
function distinct(values: Int8Array): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function sizeOf({ indices, values }: NarrowWeights): number {
  return indices.length + values.length;
}

/** @param tables values of all rows, or of each. */
function packRows(rows: readonly Int8Array[], tables: readonly number[][]): NarrowWeights | null {
  const most = Math.max(...tables.map((table) => table.length));
  const bits = [1, 2, 4].find((bits) => most <= 1 << bits);
  if (!bits) return null;
  const rowBytes = Math.ceil(rows[0].length * bits / 8);
  const indices = new Uint8Array(rows.length * rowBytes);
  const values = new Int8Array(tables.length << bits);
  tables.forEach((table, i) => values.set(table, i << bits));
  rows.forEach((row, c) => {
    const table = tables[tables.length === 1 ? 0 : c];
    const places = new Map(table.map((value, i) => [value, i]));
    row.forEach((weight, k) => {
      const bit = k * bits;
      indices[c * rowBytes + (bit >> 3)] |= places.get(weight)! << (bit & 7);
    });
  });
  return { bits, values, perChannel: tables.length > 1, indices, rowBytes };
}
