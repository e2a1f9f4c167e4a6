/**
 * SHA-256 over a `.kedge` file, its own 32 bytes counted as zeros.
 * @module
 */
import { KedgeError } from "./error.ts";
import { checksumPosition } from "./reader.ts";

/** The 32 bytes that belong into the file's checksum field. */
export async function checksumOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const at = checksumPosition(bytes);
  const field = bytes.subarray(at, at + 32);
  const kept = field.slice();
  // The digest is of a copy that is taken during the call, so nobody sees the zeros.
  field.fill(0);
  const digest = crypto.subtle.digest("SHA-256", bytes);
  field.set(kept);
  return new Uint8Array(await digest);
}

/**
 * Compares the file's checksum. Where the platform offers no SHA-256 (a page without TLS), it is
 * left out: the reader's own checks still hold.
 * @throws KedgeError `model/checksum`.
 */
export async function verifyChecksum(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (!globalThis.crypto?.subtle) return;
  const at = checksumPosition(bytes);
  if ((await checksumOf(bytes)).every((byte, i) => byte === bytes[at + i])) return;
  throw new KedgeError({
    code: "model/checksum",
    message: "Reading the .kedge file: its bytes are not those that were packed",
    hint: "the file is damaged: copy it or pack the model again",
  });
}
