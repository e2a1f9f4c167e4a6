/**
 * Tells what a file is that is not an ONNX model, by its first bytes.
 * @module
 */

/** A signature: ASCII text or bytes at an offset, and what it means. */
interface Signature {
  readonly at: number;
  readonly bytes: string;
  readonly kind: string;
}

const SIGNATURES: readonly Signature[] = [
  { at: 4, bytes: "TFL3", kind: "a TensorFlow Lite model (.tflite)" },
  { at: 4, bytes: "ORTM", kind: "an ONNX Runtime model (.ort)" },
  {
    at: 0,
    bytes: "PK\x03\x04",
    kind: "a ZIP archive (.keras, .pt, .npz or .zip)",
  },
  { at: 0, bytes: "\x89HDF", kind: "an HDF5 file (.h5, Keras)" },
  { at: 0, bytes: "\x89PNG", kind: "a PNG image" },
  { at: 0, bytes: "\xff\xd8\xff", kind: "a JPEG image" },
  { at: 0, bytes: "\x93NUMPY", kind: "a NumPy array (.npy)" },
  { at: 0, bytes: "GGUF", kind: "a GGUF model" },
  { at: 0, bytes: "\x1f\x8b", kind: "a gzip archive" },
  { at: 0, bytes: "\x7fELF", kind: "an ELF program" },
  { at: 0, bytes: "%PDF", kind: "a PDF document" },
  { at: 0, bytes: "\x80\x02", kind: "a Python pickle (.pt, .pkl)" },
  {
    at: 0,
    bytes: "version https://git-lfs",
    kind: "a Git LFS pointer, not the model itself (run `git lfs pull`)",
  },
];

/** What the bytes are, in words, when they are plainly something other than ONNX; else null. */
export function recognize(bytes: Uint8Array): string | null {
  for (const { at, bytes: text, kind } of SIGNATURES) {
    if (startsWith(bytes, text, at)) return kind;
  }
  const first = bytes.findIndex((byte) => byte > 32);
  // A protobuf of ONNX begins with the tag of a small field number, never with these.
  if (bytes[first] === 0x7b && looksLikeText(bytes)) return "a JSON document";
  if (bytes[first] === 0x5b && looksLikeText(bytes)) return "a JSON document";
  if (bytes[first] === 0x3c && looksLikeText(bytes)) {
    return "an HTML or XML document";
  }
  return null;
}

function startsWith(bytes: Uint8Array, text: string, at: number): boolean {
  if (bytes.length < at + text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 64).every((byte) =>
    byte >= 32 || byte === 9 || byte === 10 || byte === 13
  );
}
