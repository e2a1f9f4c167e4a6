/**
 * Writes labelled pictures as numpy.savez_compressed does.
 * @module
 */
import { zipSync } from "fflate";
import { type Pictures, SIZE } from "./draw.ts";

/** `x` (N, height, width, 3) uint8 and `y` (N) int32; the same pictures give the same bytes. */
export function writeNpz({ pixels, labels }: Pictures): Uint8Array<ArrayBuffer> {
  const x = new Uint8Array(pixels.length * SIZE * SIZE * 3);
  pixels.forEach((picture, i) => x.set(picture, i * picture.length));
  const y = new Uint8Array(Int32Array.from(labels).buffer);
  const files = {
    "x.npy": npy("|u1", [pixels.length, SIZE, SIZE, 3], x),
    "y.npy": npy("<i4", [labels.length], y),
  };
  // A fixed date, so that the bytes do not change.
  return new Uint8Array(zipSync(files, { level: 9, mtime: new Date(2020, 0, 1) }));
}

/** A .npy file, version 1 (numpy.lib.format). */
function npy(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const dims = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${dims}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new TextEncoder().encode(text.padEnd(length - 1) + "\n");
  const head = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, length & 255, length >> 8];
  return Uint8Array.from([...head, ...header, ...data]);
}
