/**
 * How the engine runs one operator: a step lays out what it needs once, then runs without
 * allocating.
 * @module
 */
import { decodeTensor } from "../format/decode.ts";
import type { ModelOperator, ModelTensor, TensorArray } from "../format/model.ts";

/** A kernel: takes the address of its argument block; some answer with a number. */
export type Kernel = (address: number) => number | void;

/** What a step has at hand while it prepares. */
export interface Preparation {
  readonly operator: ModelOperator;
  readonly inputs: readonly ModelTensor[];
  readonly output: ModelTensor;
  /** Whether the kernels may use relaxed SIMD. */
  readonly relaxed: boolean;
  /**
   * What makes pixels fit relaxed dot products of bytes: 128 or 0 is added (hosts/dot_products.ts); null
   * where these are not exact.
   */
  readonly dot: number | null;
  /** Address of an activation in WASM memory. */
  address(tensor: ModelTensor): number;
  /** Reserves bytes for constants, zeros, 16-byte aligned, with readable bytes behind. */
  allocate(bytes: number): number;
  /** Bytes to use at once: the next `allocate` or `borrow` takes them back. */
  borrow(bytes: number): number;
  /** Threads that a kernel may be spread over; 1 for none but this. */
  readonly threads: number;
  /**
   * Reserves scratch that all steps share, one for each of the blocks that run at once; its address is
   * written to `at` when all are prepared.
   */
  scratch(at: number, bytes: number, place?: number): void;
  /** WASM memory; valid until the next `allocate`. */
  memory(): ArrayBufferLike;
  kernel(name: string): Kernel;
  /** What runs a kernel on one or several argument blocks, each on any thread. */
  spread(name: string, blocks: readonly number[]): () => void;
}

/** How an operator is run: lays everything out and gives the function that runs it. */
export type Step = (preparation: Preparation) => () => void;

/** An argument block: int32 words, with float32 where `floats` says so by index. */
export function writeArguments(
  { allocate, memory }: Pick<Preparation, "allocate" | "memory">,
  words: readonly number[],
  floats: readonly number[],
): number {
  const at = allocate(Math.max(words.length * 4, 160));
  new Int32Array(memory(), at).set(words);
  const reals = new Float32Array(memory(), at);
  floats.forEach((i) => reals[i] = words[i]);
  return at;
}

/** An activation as it lies in memory. */
export function activationView(
  buffer: ArrayBufferLike,
  address: number,
  { dtype, size }: ModelTensor,
): TensorArray {
  return dtype === "int8"
    ? new Int8Array(buffer, address, size)
    : new Float32Array(buffer, address, size);
}

/** Address of an activation, or of a copy of a constant where kernels can read it. */
export function operandAddress(
  { address, allocate, memory }: Pick<Preparation, "address" | "allocate" | "memory">,
  tensor: ModelTensor,
): number {
  if (!tensor.data) return address(tensor);
  const { buffer, byteOffset, byteLength } = decodeTensor(tensor);
  const at = allocate(byteLength);
  new Uint8Array(memory(), at, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
  return at;
}
