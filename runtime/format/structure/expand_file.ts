/**
 * Expands compact files: the definition.
 * @module
 */
import { BinaryDecoder } from "../unpack/binary.ts";
import { expandWith, type Fill } from "./expand.ts";
import { ByteModel } from "./mixing.ts";

/**
 * The file that was made compact; others as they are.
 * @throws KedgeError `model/corrupt`.
 */
export function expand<B extends ArrayBufferLike>(
  bytes: Uint8Array<B>,
): Uint8Array<B | ArrayBuffer> {
  return expandWith(bytes, fillGaps);
}

const fillGaps: Fill = (file, gaps, source) => {
  const model = new ByteModel();
  const decoder = new BinaryDecoder(source);
  for (const { start, end } of gaps) {
    for (let at = start; at < end; at++) {
      model.begin(file, at);
      let byte = 0;
      for (let i = 0; i < 8; i++) {
        const bit = decoder.decode(model.foretell());
        model.learn(bit);
        byte = byte << 1 | bit;
      }
      file[at] = byte;
    }
  }
  decoder.end();
};
