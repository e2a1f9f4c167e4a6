/**
 * Decodes pictures.
 * @module
 */
import jpeg from "jpeg-js";
import { KedgeError } from "../../runtime/format/error.ts";
import type { Pixels } from "../../runtime/format/preprocess.ts";
import { assertPictureSize, decodePng, isPng } from "./png.ts";

/** File names that may be pictures. */
export const IMAGE_NAME = /\.(jpe?g|png)$/i;

/**
 * Decodes a JPEG (baseline or progressive; the orientation that a camera notes is not applied) or a
 * PNG (any kind; 16 bits are cut to 8).
 * @param file its name for messages.
 * @throws KedgeError `data/image`.
 */
export function decodeImage(bytes: Uint8Array, file: string): Pixels {
  try {
    if (isPng(bytes)) return decodePng(bytes);
    const { data, width, height } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
    });
    assertPictureSize(width, height);
    return { data, width, height, channels: 3 };
  } catch (error) {
    throw new KedgeError({
      code: "data/image",
      message: `Decoding the picture "${file}": it is no sound JPEG or PNG`,
      where: { file },
      got: error instanceof Error ? error.message : String(error),
      hint: "replace the picture or take its line out of labels.csv",
    }, { cause: error });
  }
}
