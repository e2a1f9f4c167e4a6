/** Tiny pictures and folders of them. */
import { Buffer } from "node:buffer";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";

/** PNG's colour types. */
export const PNG_KINDS = { grey: 0, colour: 2, greyAlpha: 4, alpha: 6 } as const;

/** A PNG out of RGBA values. */
export function png(
  width: number,
  height: number,
  rgba: ArrayLike<number>,
  kind: keyof typeof PNG_KINDS = "colour",
): Uint8Array<ArrayBuffer> {
  const picture = new PNG({ width, height });
  picture.data.set(rgba);
  const colorType = PNG_KINDS[kind];
  return Uint8Array.from(PNG.sync.write(picture, { colorType, inputHasAlpha: true }));
}

/** A JPEG of one colour. */
export function plainJpeg(
  width: number,
  height: number,
  rgb: readonly number[],
): Uint8Array<ArrayBuffer> {
  const data = Buffer.from(Array(width * height).fill([...rgb, 255]).flat());
  return Uint8Array.from(jpeg.encode({ width, height, data }, 100).data);
}

/** Makes a folder of files, and takes it away when the test is done. */
export async function withFolder<T>(
  files: Record<string, string | Uint8Array>,
  test: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
    }
    return await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
