/**
 * Decodes PNG pictures (W3C "Portable Network Graphics", third edition): every colour type and depth,
 * interlaced or not. Every chunk is held to its CRC and the pixels to their number: the common
 * JavaScript packages fill in black for what is missing, and give up their memory to a header.
 * @module
 */
import { crc32, inflateSync } from "node:zlib";
import type { Pixels } from "../../runtime/format/preprocess.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Samples of a pixel and the bit depths that may go with it, by colour type (§11.2.1). */
const KINDS: Record<number, { samples: number; depths: readonly number[] }> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};
const INDEXED = 3;

/** First column and row, and steps between columns and rows (§8.1). */
type Pass = readonly [x: number, y: number, stepX: number, stepY: number];

const WHOLE: readonly Pass[] = [[0, 0, 1, 1]];
const ADAM7: readonly Pass[] = [
  ...[[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4]] as const,
  ...[[0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]] as const,
];

/** What the header says. */
interface Header {
  width: number;
  height: number;
  depth: number;
  color: number;
  samples: number;
  passes: readonly Pass[];
}

/** Pixels of the largest picture: 64 million take 192 MB. */
const MOST_PIXELS = 2 ** 26;

/**
 * Refuses sizes of 0, and those that no picture for a model has, before memory is taken for them.
 * @throws Error that says the size.
 */
export function assertPictureSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= MOST_PIXELS) return;
  throw new Error(`a size of ${width}×${height}`);
}

/** Whether bytes begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Decodes a picture to 8 bits: grey with one channel, colour with three. Alpha is dropped; of 16
 * bits the upper 8 are kept, fewer than 8 are stretched to 0…255.
 * @throws Error that says what is wrong.
 */
export function decodePng(bytes: Uint8Array): Pixels {
  let header: Header | null = null;
  let palette: Uint8Array | null = null;
  const parts: Uint8Array[] = [];
  for (const { type, data } of chunks(bytes)) {
    if (!header && type !== "IHDR") throw new Error("the header is missing");
    if (type === "IHDR") header = readHeader(data);
    else if (type === "PLTE") palette = data;
    else if (type === "IDAT") parts.push(data);
    else if (/^[A-Z]/.test(type) && type !== "IEND") throw new Error(`unknown chunk "${type}"`);
  }
  if (!header) throw new Error("the header is missing");
  if (header.color === INDEXED && !palette) throw new Error("the palette is missing");
  return paint(header, inflate(parts, header), header.color === INDEXED ? palette : null);
}

/** All chunks up to IEND. */
function* chunks(bytes: Uint8Array): Generator<{ type: string; data: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = SIGNATURE.length; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new Error(`chunk ${JSON.stringify(type)} does not have its checksum`);
    }
    yield { type, data: bytes.subarray(at + 8, end - 4) };
    if (type === "IEND") return;
    at = end;
  }
  throw new Error(`it ends early, after ${bytes.length} bytes`);
}

function readHeader(data: Uint8Array): Header {
  if (data.length !== 13) throw new Error(`a header of ${data.length} bytes`);
  const view = new DataView(data.buffer, data.byteOffset, 13);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  assertPictureSize(width, height);
  const [depth, color, compression, filter, interlace] = data.subarray(8);
  const kind = KINDS[color];
  if (!kind?.depths.includes(depth)) throw new Error(`colour type ${color} of ${depth} bits`);
  if (compression || filter || interlace > 1) {
    throw new Error(`methods ${compression}, ${filter}, ${interlace}`);
  }
  const passes = interlace ? ADAM7 : WHOLE;
  return { width, height, depth, color, samples: kind.samples, passes };
}

/** Columns, rows and bytes a row of a pass. */
function sizeOfPass({ width, height, depth, samples }: Header, [x, y, stepX, stepY]: Pass) {
  const columns = Math.ceil(Math.max(0, width - x) / stepX);
  const rows = columns && Math.ceil(Math.max(0, height - y) / stepY);
  return { columns, rows, bytes: Math.ceil(columns * depth * samples / 8) };
}

/** Filtered rows, each behind its filter's number. */
function inflate(parts: readonly Uint8Array[], header: Header): Uint8Array {
  const size = header.passes
    .map((pass) => sizeOfPass(header, pass))
    .reduce((sum, { rows, bytes }) => sum + rows * (bytes + 1), 0);
  const packed = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  const data = inflateSync(packed, { maxOutputLength: size });
  if (data.length !== size) throw new Error(`${data.length} bytes of pixels instead of ${size}`);
  return data;
}

/** Undoes the filter of a row in place (§9.2). `before` is the row above, `step` a pixel's bytes. */
function unfilter(filter: number, row: Uint8Array, before: Uint8Array, step: number): void {
  if (filter > 4) throw new Error(`filter ${filter}`);
  if (filter === 0) return;
  for (let i = 0; i < row.length; i++) {
    const left = i < step ? 0 : row[i - step];
    const up = before[i];
    if (filter === 1) row[i] += left;
    else if (filter === 2) row[i] += up;
    else if (filter === 3) row[i] += (left + up) >> 1;
    else row[i] += paeth(left, up, i < step ? 0 : before[i - step]);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Puts the pixels of all passes in their places. */
function paint(header: Header, data: Uint8Array, palette: Uint8Array | null): Pixels {
  const { width, height, depth, samples } = header;
  const channels = palette || samples > 2 ? 3 : 1;
  const out = new Uint8Array(width * height * channels);
  const stretch = palette || depth >= 8 ? 1 : 255 / (2 ** depth - 1);
  let from = 0;
  for (const pass of header.passes) {
    const [x, y, stepX, stepY] = pass;
    const { columns, rows, bytes } = sizeOfPass(header, pass);
    let before: Uint8Array = new Uint8Array(bytes);
    for (let r = 0; r < rows; r++) {
      const row = data.subarray(from + 1, from + 1 + bytes);
      unfilter(data[from], row, before, Math.max(1, depth * samples / 8));
      for (let c = 0; c < columns; c++) {
        const to = ((y + r * stepY) * width + x + c * stepX) * channels;
        for (let channel = 0; channel < channels; channel++) {
          const sample = sampleOf(row, palette ? c : c * samples + channel, depth);
          out[to + channel] = palette ? entry(palette, sample, channel) : sample * stretch;
        }
      }
      from += bytes + 1;
      before = row;
    }
  }
  return { data: out, width, height, channels };
}

/** The sample at a place in a row; of 16 bits the upper 8, and `depth` bits of fewer. */
function sampleOf(row: Uint8Array, place: number, depth: number): number {
  if (depth >= 8) return row[place * depth / 8];
  const bit = place * depth;
  return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

function entry(palette: Uint8Array, index: number, channel: number): number {
  if (index * 3 + 2 >= palette.length) throw new Error(`colour ${index} is not in the palette`);
  return palette[index * 3 + channel];
}
