/**
 * Calls a kernel once, in a memory of its own: what unpacks a file at load.
 * @module
 */
import { reserve } from "./reserve.ts";
import type { Kernel } from "./step.ts";

const PAGE = 65536;
/** Where the argument block lies, and its bytes. */
const BLOCK = 16;
const BLOCK_BYTES = 80;

/** What a kernel works on: bytes that it reads, or the number of bytes of room that it wants. */
export type Part = ArrayBufferView | number;

/**
 * Lays parts out and runs a kernel on an argument block of words made of their addresses.
 * @returns what the kernel gives, and a copy of each part as it is then.
 */
export type Call = (
  parts: readonly Part[],
  words: (addresses: readonly number[]) => readonly number[],
) => { result: number; part: (i: number) => Uint8Array<ArrayBuffer> };

/** A kernel of a module, ready to be called with one job after the other. */
export function kernelCall(kernels: WebAssembly.Module, name: string): Call {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(kernels, { env: { memory, abort() {} } });
  const bytesOf = (part: Part) => typeof part === "number" ? part : part.byteLength;
  let heap = new Uint8Array(memory.buffer);
  return (parts, words) => {
    let top = BLOCK + BLOCK_BYTES;
    const addresses = parts.map((part) => {
      const at = top;
      // Kernels may read some bytes behind what they are given.
      top = (at + bytesOf(part) + 31) & ~15;
      return at;
    });
    const missing = Math.ceil((top - heap.length) / PAGE);
    if (missing > 0) {
      reserve(() => memory.grow(missing), top);
      heap = new Uint8Array(memory.buffer);
    }
    parts.forEach((part, i) => {
      if (typeof part === "number") return;
      heap.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), addresses[i]);
    });
    new Int32Array(heap.buffer, BLOCK, BLOCK_BYTES / 4).set(words(addresses));
    const result = (exports[name] as Kernel)(BLOCK) as number;
    const part = (i: number) => heap.slice(addresses[i], addresses[i] + bytesOf(parts[i]));
    return { result, part };
  };
}
