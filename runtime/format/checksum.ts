/**
 * SHA-256 over a `.kedge` file, its own 32 bytes counted as zeros.
 * @module
 */
import { KedgeError } from "./error.ts";
import { checksumPosition } from "./reader.ts";

/** The 32 bytes that belong into the file's checksum field. */
export async function checksumOf(bytes: Uint8Array): Promise<Uint8Array> {
  const at = checksumPosition(bytes);
  const copy = bytes.slice();
  copy.fill(0, at, at + 32);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy));
}

/**
 * Compares the file's checksum. Where the platform offers no SHA-256 (a page without TLS), it is
 * left out: the reader's own checks still hold.
 * @throws KedgeError `model/checksum`.
 */
export async function verifyChecksum(bytes: Uint8Array): Promise<void> {
  if (!globalThis.crypto?.subtle) return;
  const at = checksumPosition(bytes);
  const wanted = await checksumOf(bytes);
  if (wanted.every((byte, i) => byte === bytes[at + i])) return;
  throw new KedgeError({
    code: "model/checksum",
    message: "Reading the .kedge file: its bytes are not those that were packed",
    hint: "the file is damaged: copy it or pack the model again",
  });
}
