/**
 * What single values cost: for those who choose values by it, before there is a stream.
 * @module
 */
import { parametricBits } from "./parametric.ts";

/** Up to so many different values, their counts tell what they cost; above, a distribution does. */
const COUNTED = 32;

/**
 * Bits of each value −128…127 (index + 128) in the company of `values`: by their counts, or, where
 * there are many different ones, by the distribution that fits them best.
 */
export function valueBits(values: Int8Array): Float64Array {
  const counts = new Float64Array(256);
  for (const value of values) counts[value + 128]++;
  const different = counts.reduce((sum, n) => sum + Number(n > 0), 0);
  return different > COUNTED
    ? parametricBits(values)
    : counts.map((n) => Math.log2((values.length + different / 2) / (n + 0.5)));
}
