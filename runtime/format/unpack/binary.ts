/**
 * Binary arithmetic coding: the interval of 32 bits without carry of Matt Mahoney's lpaq.
 * @module
 */
import type { ByteSource } from "./unpack.ts";

/** Last number of the lower part of low…high, which stands for a 1 of `probability` / 65536. */
export function split(low: number, high: number, probability: number): number {
  const range = high - low;
  return low + (range >>> 16) * probability + ((range & 0xffff) * probability >>> 16);
}

/** Decodes decisions; behind the end of the source zeros are read. */
export class BinaryDecoder {
  readonly #bytes: Uint8Array;
  #low = 0;
  #high = 0xffffffff;
  #code = 0;
  #at = 0;

  constructor(readonly source: ByteSource) {
    this.#bytes = source.left();
    for (let i = 0; i < 4; i++) this.#read();
  }

  #read(): void {
    this.#code = (this.#code << 8 | (this.#bytes[this.#at++] ?? 0)) >>> 0;
  }

  /** The next decision, which is 1 with `probability` / 65536. */
  decode(probability: number): number {
    const middle = split(this.#low, this.#high, probability);
    const bit = Number(this.#code <= middle);
    if (bit) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#low = this.#low << 8 >>> 0;
      this.#high = (this.#high << 8 | 255) >>> 0;
      this.#read();
    }
    return bit;
  }

  /** Takes what was read out of the source: all but the last three bytes. */
  end(): void {
    this.source.take(this.#at - 3);
  }
}
