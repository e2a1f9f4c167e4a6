/**
 * What dot products of bytes do on this platform.
 * @module
 */
import { fromHex } from "./hex.ts";

/**
 * A module whose function `p` gives four times −128 · b, by `i32x4.relaxed_dot_i8x16_i7x16_add_s`. Where
 * b is not in 0…127, platforms may differ, but each always does the same (relaxed SIMD proposal).
 */
const PROBE =
  "0061736d0100000001060160017f017f03020100070501017000000a17011500418001fd0f2000fd0f4100fd0ffd9302fd1b000b";

/**
 * What to add to int8 values so that they are exact as the second operand of a relaxed dot product:
 * 128 where this is taken for unsigned and summed in 32 bits (VNNI), 0 where it is taken for signed
 * (SDOT of ARM), null where sums of 16 bits overflow on the way, or there are no such products.
 */
export function dotProducts(): 128 | 0 | null {
  const code = fromHex(PROBE);
  if (!WebAssembly.validate(code)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const p = exports.p as (b: number) => number;
  return p(255) === -130560 ? 128 : p(128) === 65536 ? 0 : null;
}
