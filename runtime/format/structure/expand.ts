/**
 * The whole file in few bytes: what stands between coded weights (tables, names, scales, biases) is
 * coded bit by bit by a model of it. Expanding gives the file as it was.
 *
 * The length of the file in 4 bytes, "KEDC", the number of stretches that are kept as they are, for
 * each how far it begins behind the last one's end and its length, those stretches, then the code of
 * all other bytes in order.
 * @module
 */
import { ByteSource } from "../unpack/unpack.ts";

/** Bytes that one byte of code can stand for at most, and some that are free. */
export const MOST_GROWTH = 64;
/** Bytes of structure that need no code. */
export const FREE_BYTES = 1 << 16;

/** A stretch of a file. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Fills stretches of a file with the bytes that a source codes. */
export type Fill = (file: Uint8Array, gaps: readonly Stretch[], source: ByteSource) => void;

/** Whether bytes begin as such a file does. */
export function isCompact(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === "KEDC";
}

/**
 * The file that was made compact; others as they are.
 * @throws KedgeError `model/corrupt`.
 */
export function expandWith<B extends ArrayBufferLike>(
  bytes: Uint8Array<B>,
  fill: Fill,
): Uint8Array<B | ArrayBuffer> {
  if (!isCompact(bytes)) return bytes;
  const source = new ByteSource(bytes, "file");
  const [a, b, c, d] = source.take(8);
  const length = (a | b << 8 | c << 16 | d << 24) >>> 0;
  const kept: Stretch[] = [];
  for (let count = source.varint(), at = 0; count > 0; count--) {
    const start = at + source.varint();
    at = start + source.varint();
    kept.push({ start, end: at });
  }
  const keptBytes = kept.reduce((sum, { start, end }) => sum + end - start, 0);
  const coded = length - keptBytes;
  const last = kept.length ? kept[kept.length - 1].end : 0;
  if (last > length || keptBytes > source.left().length) source.fail(`${length} bytes`);
  if (coded > source.left().length * MOST_GROWTH + FREE_BYTES) source.fail(`${length} bytes`);
  const file = new Uint8Array(length);
  for (const { start, end } of kept) file.set(source.take(end - start), start);
  fill(file, gapsBetween(kept, length), source);
  if (!source.ended) source.fail("bytes behind the end");
  return file;
}

/** What lies between stretches. */
export function gapsBetween(kept: readonly Stretch[], length: number): Stretch[] {
  const starts = [0, ...kept.map(({ end }) => end)];
  const ends = [...kept.map(({ start }) => start), length];
  return starts.map((start, i) => ({ start, end: ends[i] })).filter(({ start, end }) =>
    start < end
  );
}
