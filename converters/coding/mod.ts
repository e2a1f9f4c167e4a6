/**
 * How int8 values are coded in a file.
 * @module
 */
export { codedBytes, type Coder, CODERS, encodeInt8, isCoded } from "./choose.ts";
