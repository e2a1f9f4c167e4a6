/**
 * Base64 to bytes, by the platform's own decoder where it has one.
 * @module
 */

/** Decodes standard base64 (RFC 4648 §4). */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as {
    fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
  };
  if (native.fromBase64) return native.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
