/**
 * Text with one character a byte to bytes: what small binaries are inlined as, since it compresses
 * as well as they do.
 * @module
 */

/** Bytes of characters U+0000 to U+00FF (ISO/IEC 8859-1). */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
