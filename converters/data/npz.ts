/**
 * Reads NumPy's `.npz` files: a ZIP archive of `.npy` files.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { type NpyArray, readNpy } from "./npy.ts";
import { readZip } from "./zip.ts";

/**
 * Reads all arrays by name (without `.npy`).
 * @param file name of the archive for messages.
 * @throws KedgeError `data/not-npz`, `data/truncated`, `data/corrupt`, `data/not-npy`, `data/dtype`.
 */
export function readNpz(bytes: Uint8Array, file: string): Map<string, NpyArray> {
  const arrays = new Map<string, NpyArray>();
  for (const entry of readZip(bytes, file)) {
    if (!entry.name.endsWith(".npy")) continue;
    arrays.set(entry.name.slice(0, -4), readNpy(entry.read(), `${file}:${entry.name}`));
  }
  if (arrays.size === 0) {
    throw new KedgeError({
      code: "data/not-npz",
      message: `Reading the archive "${file}": there are no arrays in it`,
      where: { file },
      hint: "write it with numpy.savez(file, x=samples, y=labels)",
    });
  }
  return arrays;
}
