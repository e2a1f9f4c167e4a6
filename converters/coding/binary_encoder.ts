/**
 * Binary arithmetic encoding, the other side of runtime/format/unpack/binary.ts.
 * @module
 */
import { split } from "../../runtime/format/unpack/binary.ts";

/** Encodes decisions. */
export class BinaryEncoder {
  readonly #bytes: number[] = [];
  #low = 0;
  #high = 0xffffffff;

  /** Encodes a decision that is 1 with `probability` / 65536. */
  encode(probability: number, bit: number): void {
    const middle = split(this.#low, this.#high, probability);
    if (bit) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#bytes.push(this.#high >>> 24);
      this.#low = this.#low << 8 >>> 0;
      this.#high = (this.#high << 8 | 255) >>> 0;
    }
  }

  /** All bytes; one more tells the last decisions apart. */
  end(): Uint8Array {
    return Uint8Array.from([...this.#bytes, (this.#low >>> 24) + 1]);
  }
}
