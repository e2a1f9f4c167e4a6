/**
 * How int8 values are coded in a file.
 * @module
 */
export { compact } from "./compact.ts";
export { codedBytes, type Coder, CODERS, encodeInt8, isCoded } from "./choose.ts";
export { bufferOf, chain, type Stream } from "./stream.ts";
export { valueBits } from "./value_bits.ts";
