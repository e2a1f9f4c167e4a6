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
export type Part = Uint8Array | number;

/**
 * Lays parts out and runs a kernel on an argument block of words made of their addresses.
 * @returns what the kernel gives, and each part as it is then, until the next call.
 */
export type Call = (
  parts: readonly Part[],
  words: (addresses: readonly number[]) => readonly number[],
) => { result: number; part: (i: number) => Int8Array };

/** A kernel of a module, ready to be called with one job after the other. */
export function kernelCall(kernels: WebAssembly.Module, name: string): Call {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(kernels, { env: { memory, abort() {} } });
  const sizeOf = (part: Part) => typeof part === "number" ? part : part.length;
  let heap = new Int8Array(memory.buffer);
  let block = new Int32Array(memory.buffer, BLOCK, BLOCK_BYTES / 4);
  return (parts, words) => {
    let top = BLOCK + BLOCK_BYTES;
    const addresses = parts.map((part) => {
      const at = top;
      // Kernels may read some bytes behind what they are given.
      top = (at + sizeOf(part) + 31) & ~15;
      return at;
    });
    const missing = Math.ceil((top - heap.length) / PAGE);
    if (missing > 0) {
      reserve(() => memory.grow(missing), top);
      heap = new Int8Array(memory.buffer);
      block = new Int32Array(memory.buffer, BLOCK, BLOCK_BYTES / 4);
    }
    parts.forEach((part, i) => {
      if (typeof part !== "number") heap.set(part, addresses[i]);
    });
    block.set(words(addresses));
    const result = (exports[name] as Kernel)(BLOCK) as number;
    const part = (i: number) => heap.subarray(addresses[i], addresses[i] + sizeOf(parts[i]));
    return { result, part };
  };
}
