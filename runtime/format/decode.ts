/**
 * Constants as numbers.
 * @module
 */
import { fromFloat16 } from "./float16.ts";
import type { ModelTensor, TensorArray } from "./model.ts";
import { FLOAT16, FLOAT32, INT16, INT32, SCALED } from "./needs.ts";

/**
 * Values of a constant in its element type: in place where the file holds them so, else decoded.
 * int8 bytes of a float32 tensor become scale × q, by channel.
 * @param tensor is a constant.
 */
export function decodeTensor(tensor: ModelTensor): TensorArray {
  const { data, encoding, dtype, size } = tensor;
  const { buffer, byteOffset } = data as Uint8Array;
  if (FLOAT32 && encoding === "float32") return new Float32Array(buffer, byteOffset, size);
  if (FLOAT16 && encoding === "float16") {
    return fromHalves(new Uint16Array(buffer, byteOffset, size));
  }
  if (INT32 && encoding === "int32") return new Int32Array(buffer, byteOffset, size);
  if (INT16 && encoding === "int16") {
    return Int32Array.from(new Int16Array(buffer, byteOffset, size));
  }
  const integers = new Int8Array(buffer, byteOffset, size);
  return SCALED && dtype !== "int8" ? dequantized(tensor, integers) : integers;
}

/** Half precision to single, by the platform where it can: Node 20 cannot. */
function fromHalves(bits: Uint16Array): Float32Array {
  const Native = (globalThis as { Float16Array?: typeof Float16Array }).Float16Array;
  if (!Native) return Float32Array.from(bits, fromFloat16);
  return new Float32Array(new Native(bits.buffer, bits.byteOffset, bits.length));
}

function dequantized(
  { shape, scale, scales, axis }: ModelTensor,
  q: Int8Array,
): Float32Array {
  if (!scales) return Float32Array.from(q, (value) => value * scale);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Float32Array.from(
    q,
    (value, i) => value * scales[Math.floor(i / inner) % shape[axis]],
  );
}
