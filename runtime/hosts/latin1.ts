/**
 * Text with one character a byte to bytes: what small binaries are inlined as, since it compresses
 * as well as they do.
 * @module
 */
import { fromBase64 } from "./base64.ts";

/**
 * Bytes of characters U+0000 to U+00FF (ISO/IEC 8859-1): by way of base64, which the platform makes
 * and reads at once. A loop here is so long that V8 compiles it, which takes more than all the rest.
 */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(btoa(text));
}
