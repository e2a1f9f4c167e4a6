/**
 * Hexadecimal digits to bytes: what kernels are inlined as. Digits compress nearly as well as the bytes
 * do, and the platform's own decoder reads them at once, where a loop is slow while it is cold.
 * @module
 */

/** Decodes pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as {
    fromHex?: (text: string) => Uint8Array<ArrayBuffer>;
  };
  return native.fromHex?.(text) ??
    Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
