/**
 * Binary arithmetic coding with learned probabilities: the interval of 32 bits without carry of Matt
 * Mahoney's lpaq, and the mean of a fast and a slow estimate for each context, as in VVC's CABAC
 * (ITU-T H.266 §9.3.4.3.2).
 * @module
 */
import type { ByteSource } from "./unpack.ts";

/** Share of the way to a decision that an estimate goes the first times, in 1/65536. */
export const RATES = Int32Array.from({ length: 256 }, (_, n) => Math.floor(65536 / (n + 1.5)));
/** And at least: 1/32 for the fast estimate, 1/256 for the slow one. */
const FAST = 2048;
const SLOW = 256;
const LEAST = 32;

/** Probabilities of a 1 by context. */
export class Probabilities {
  /** In 1/32768. */
  readonly #fast: Int32Array;
  readonly #slow: Int32Array;
  readonly #seen: Uint8Array;

  constructor(contexts: number) {
    this.#fast = new Int32Array(contexts).fill(16384);
    this.#slow = new Int32Array(contexts).fill(16384);
    this.#seen = new Uint8Array(contexts);
  }

  /** Probability of a 1 in 1/65536; a half for context −1. */
  of(context: number): number {
    if (context < 0) return 32768;
    const sum = this.#fast[context] + this.#slow[context];
    return Math.min(65536 - LEAST, Math.max(LEAST, sum));
  }

  /** Learns a decision. */
  learn(context: number, bit: number): void {
    if (context < 0) return;
    const rate = RATES[this.#seen[context]];
    if (this.#seen[context] < 255) this.#seen[context]++;
    const target = bit << 15;
    this.#fast[context] += (target - this.#fast[context]) * Math.max(rate, FAST) >> 16;
    this.#slow[context] += (target - this.#slow[context]) * Math.max(rate, SLOW) >> 16;
  }
}

/** Last number of the lower part of low…high, which stands for a 1 of `probability` / 65536. */
export function split(low: number, high: number, probability: number): number {
  const range = high - low;
  return low + (range >>> 16) * probability + ((range & 0xffff) * probability >>> 16);
}

/** Decodes decisions; behind the end of the source zeros are read. */
export class BinaryDecoder {
  readonly #bytes: Uint8Array;
  readonly #probabilities: Probabilities;
  #low = 0;
  #high = 0xffffffff;
  #code = 0;
  #at = 0;

  constructor(readonly source: ByteSource, contexts: number) {
    this.#bytes = source.left;
    this.#probabilities = new Probabilities(contexts);
    for (let i = 0; i < 4; i++) this.#read();
  }

  #read(): void {
    this.#code = (this.#code << 8 | (this.#bytes[this.#at++] ?? 0)) >>> 0;
  }

  /** The next decision in a context. */
  decide(context: number): number {
    const bit = this.decode(this.#probabilities.of(context));
    this.#probabilities.learn(context, bit);
    return bit;
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
