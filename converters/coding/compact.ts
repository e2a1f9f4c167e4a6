/**
 * Makes a .kedge file compact, the other side of runtime/format/structure/expand.ts.
 * @module
 */
import {
  FREE_BYTES,
  gapsBetween,
  MOST_GROWTH,
  type Stretch,
} from "../../runtime/format/structure/expand.ts";
import { ByteModel } from "../../runtime/format/structure/mixing.ts";
import { BinaryEncoder } from "./binary_encoder.ts";
import { join, varint } from "./stream.ts";

/**
 * The file in fewer bytes, or as it is where there is nothing to gain.
 * @param kept stretches that are as short as they get, in order.
 */
export function compact(
  file: Uint8Array<ArrayBuffer>,
  kept: readonly Stretch[],
): Uint8Array<ArrayBuffer> {
  const gaps = gapsBetween(kept, file.length);
  const model = new ByteModel();
  const encoder = new BinaryEncoder();
  let coded = 0;
  for (const { start, end } of gaps) {
    coded += end - start;
    for (let at = start; at < end; at++) {
      model.begin(file, at);
      for (let i = 7; i >= 0; i--) {
        const bit = file[at] >> i & 1;
        encoder.encode(model.foretell(), bit);
        model.learn(bit);
      }
    }
  }
  const code = encoder.end();
  const { length } = file;
  let at = 0;
  const places = kept.flatMap(({ start, end }) => {
    const place = [...varint(start - at), ...varint(end - start)];
    at = end;
    return place;
  });
  const bytes = join(
    [length & 255, length >> 8 & 255, length >> 16 & 255, length >>> 24],
    new TextEncoder().encode("KEDC"),
    varint(kept.length),
    places,
    ...kept.map(({ start, end }) => file.subarray(start, end)),
    code,
  );
  const fits = coded <= code.length * MOST_GROWTH + FREE_BYTES;
  return fits && bytes.length < length ? bytes : file;
}
