/**
 * How int8 constants that do not stand plainly in the file become int8 again, once, at load.
 *
 * A coded constant is a stream of bytes whose form is its `Coding`. Some forms hold another stream
 * (a codebook holds one of its indices), which begins with the number of its own form. Streams of
 * several constants stand behind each other in one buffer, in the order of the constants. Whatever
 * stands in a stream, unpacking it gives int8 values of the wanted count or a `model/corrupt`.
 * @module
 */
import { corrupt } from "../flatbuffer_view.ts";
import type { Coding } from "../model.ts";

/** Codings by their number in the file; below the first stand the plain encodings. */
export const CODINGS: readonly Coding[] = [
  ...["int4", "int2", "ternary", "binary", "pow2", "codebook", "bitmask"] as const,
  ...["n_of_m", "groups", "live", "bits", "rans", "adaptive", "transposed", "concise"] as const,
];

/** Number of the first coding in the schema's `Encoding`. */
export const FIRST_CODING = 5;

/** In a stream inside a stream: plain int8. */
export const PLAIN = 1;

/** Streams inside a stream, at all depths together. */
const MOST_STREAMS = 6;

/** States of rANS are at least this; the first and last of a sound source are just this. */
export const LOWEST = 1 << 16;

/** Values that one byte can stand for at most, so that a small file cannot become endless. */
export const MOST_VALUES_PER_BYTE = 4096;

/** Order of the values: `rows` times `height` × `width` × `depth`, the last running fastest. */
export interface Layout {
  /** Output channels of a convolution or a dense layer, else 1. */
  readonly rows: number;
  /** Height of a convolution's window, else 1. */
  readonly height: number;
  /** Width of a convolution's window, else 1. */
  readonly width: number;
  /** Input channels. */
  readonly depth: number;
}

/** Turns a stream into int8 values of a layout. */
export type Unpack = (source: ByteSource, layout: Layout, inner: Inner) => Int8Array;

/** Unpacks a stream inside a stream. */
export type Inner = (source: ByteSource, layout: Layout) => Int8Array;

/** The codings that a runtime can unpack. */
export type Unpackers = Partial<Record<Coding, Unpack>>;

/** How a constant of some shape is laid out: the last three dimensions are a window and its depth. */
export function layoutOf(shape: readonly number[]): Layout {
  const [depth = 1, width = 1, height = 1, ...rows] = shape.toReversed();
  if (shape.length === 2) return { rows: width, height: 1, width: 1, depth };
  return { rows: rows.reduce((a, b) => a * b, 1), height, width, depth };
}

/** A layout without structure. */
export function flat(size: number): Layout {
  return { rows: 1, height: 1, width: 1, depth: size };
}

/** Number of values of a layout. */
export function valuesOf({ rows, height, width, depth }: Layout): number {
  return rows * height * width * depth;
}

/** Reads streams from their start; what is read behind the end is corrupt. */
export class ByteSource {
  #at = 0;
  #states: Uint32Array | null = null;

  /** `name` is what errors call the stream. */
  constructor(readonly bytes: Uint8Array, readonly name: string) {}

  /** The next byte. */
  uint8(): number {
    if (this.ended) this.fail(`${this.bytes.length} bytes`);
    return this.bytes[this.#at++];
  }

  /** The next byte, signed. */
  int8(): number {
    return this.uint8() << 24 >> 24;
  }

  /** A whole number below 2^28: seven bits a byte, lowest first (LEB128). */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.uint8();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    return this.fail("a long number");
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.bytes.length) this.fail(`${this.bytes.length} bytes`);
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** All bytes that are left, or no more than `most` of them, which stay to be read. */
  left(most = this.bytes.length): Uint8Array {
    return this.bytes.subarray(this.#at, this.#at + most);
  }

  /**
   * The two states of rANS, which all streams share: what does it with one stream leaves them to the
   * next. The first such stream finds them where it begins.
   */
  get states(): Uint32Array {
    return this.#states ??= new Uint32Array(this.take(8).slice().buffer);
  }

  /** Throws `model/corrupt`. */
  fail(got: string): never {
    return corrupt(this.name, got, "a sound stream");
  }

  /** Whether all has been read. */
  get ended(): boolean {
    return this.#at === this.bytes.length;
  }

  /** Bytes that have been read. */
  get at(): number {
    return this.#at;
  }

  /** Throws `model/corrupt` unless all streams have been read as they were written. */
  end(): void {
    if (!this.ended) this.fail("bytes behind the end");
    if (this.#states?.some((state) => state !== LOWEST)) this.fail("states that do not end");
  }
}

/** What a stream held. */
export interface Unpacked {
  readonly values: Int8Array;
  /** Its coding, and those of the streams inside. */
  readonly codings: readonly Coding[];
}

/**
 * Unpacks the coded constant that comes next in a source. Behind the last, `source.end` is to be called.
 * @param unpackers that this runtime holds.
 * @throws KedgeError `model/corrupt`.
 */
export function unpack(
  unpackers: Unpackers,
  coding: Coding,
  source: ByteSource,
  layout: Layout,
): Unpacked {
  const codings: Coding[] = [];
  let streams = 0;
  const size = valuesOf(layout);
  const { length } = source.bytes;
  if (size > (length + 1) * MOST_VALUES_PER_BYTE) source.fail(`${size} values in ${length} bytes`);
  const run = (coding: Coding | undefined, source: ByteSource, layout: Layout): Int8Array => {
    const step = coding && unpackers[coding];
    if (!step) {
      return corrupt(source.name, String(coding), "an encoding that this runtime holds");
    }
    codings.push(coding);
    return step(source, layout, inner);
  };
  const inner: Inner = (source, layout) => {
    if (++streams > MOST_STREAMS) source.fail(`${streams} streams`);
    const number = source.uint8();
    if (number !== PLAIN) return run(CODINGS[number - FIRST_CODING], source, layout);
    const { buffer, byteOffset, length } = source.take(valuesOf(layout));
    return new Int8Array(buffer, byteOffset, length);
  };
  return { values: run(coding, source, layout), codings };
}
