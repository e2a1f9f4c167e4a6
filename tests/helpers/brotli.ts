/** What brotli -q 11 makes of weights. */
import { brotliCompressSync, constants } from "node:zlib";
import { chain, encodeInt8 } from "../../converters/coding/mod.ts";
import type { Weights } from "./weights.ts";

function brotli(bytes: Uint8Array): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(bytes, { params }).length;
}

/** The shorter of what it makes of buffers one by one, and of all at once. */
function together(buffers: readonly Uint8Array[]): number {
  const single = buffers.reduce((sum, bytes) => sum + brotli(bytes), 0);
  return Math.min(single, brotli(Uint8Array.from(buffers.flatMap((bytes) => [...bytes]))));
}

/** The same layers as int8 values, and as what fixed widths make of them. */
export function brotliBytes(layers: readonly Weights[]): { plain: number; packed: number } {
  return {
    plain: together(layers.map(({ values }) => new Uint8Array(values.buffer))),
    packed: together(
      layers.map(({ values, shape }) => chain([encodeInt8(values, shape, "fixed")])),
    ),
  };
}

/** The fewest bytes that it makes of layers in any of these ways. */
export function leastBrotli(layers: readonly Weights[]): number {
  const { plain, packed } = brotliBytes(layers);
  return Math.min(plain, packed);
}
