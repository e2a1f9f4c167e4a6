/**
 * Constants as the bytes of a file; equal bytes are kept once.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Coding, Encoding } from "../../runtime/format/model.ts";
import { bufferOf, type Coder, encodeInt8, isCoded, type Stream } from "../coding/mod.ts";
import type { Tensor } from "../graph/graph.ts";

/** Where and how a constant stands. */
export interface Encoded {
  encoding: Encoding | Coding;
  /** Index of its buffer. */
  buffer: number;
}

/** Bytes of one buffer. */
export interface Bytes {
  bytes: Uint8Array;
  /** Whether they are used in place, which wants them at a multiple of 16. */
  inPlace: boolean;
  /** Whether they are coded, or were better not: as short as they get. */
  dense: boolean;
}

/** int8 constants of fewer bytes are left to what codes the structure. */
const SHORT = 256;

/** Collects the buffers of a file; all coded constants stand in one. */
export class Constants {
  readonly #buffers: Bytes[] = [];
  readonly #known = new Map<string, number>();
  readonly #streams: Stream[] = [];
  #coded = 0;

  constructor(readonly coder: Coder) {}

  /** All buffers, when all constants have been added. */
  finish(): readonly Bytes[] {
    if (this.#streams.length) this.#buffers[this.#coded].bytes = bufferOf(this.#streams);
    return this.#buffers;
  }

  /** Encodes a constant and gives its place; those that are coded are to be read in this order. */
  add(tensor: Tensor): Encoded {
    const { data, shape } = tensor;
    if (this.coder !== "none" && data instanceof Int8Array) {
      const stream = encodeInt8(data, shape ?? [], this.coder);
      if (isCoded(stream)) {
        if (!this.#streams.length) {
          const empty = { bytes: new Uint8Array(), inPlace: false, dense: true };
          this.#coded = this.#buffers.push(empty) - 1;
        }
        this.#streams.push(stream);
        return { encoding: stream.coding, buffer: this.#coded };
      }
    }
    const { encoding, bytes } = encode(tensor);
    const key = `${bytes.length}:${fingerprint(bytes)}`;
    const known = this.#known.get(key);
    if (known !== undefined && equal(this.#buffers[known].bytes, bytes)) {
      return { encoding, buffer: known };
    }
    const dense = encoding === "int8" && bytes.length >= SHORT;
    const buffer = this.#buffers.push({ bytes, inPlace: true, dense }) - 1;
    if (known === undefined) this.#known.set(key, buffer);
    return { encoding, buffer };
  }
}

/**
 * int32 that fits 16 bits is stored so; float32 is stored as float16 where the tensor says so, and
 * as int8 where its data are the integers of its quantization.
 */
function encode(tensor: Tensor): { encoding: Encoding; bytes: Uint8Array } {
  const { data, dtype, name } = tensor;
  if (data instanceof Float32Array) {
    if (tensor.encoding === "float16") {
      return {
        encoding: "float16",
        bytes: bytesOf(new Uint16Array(new Float16Array(data).buffer)),
      };
    }
    return { encoding: "float32", bytes: bytesOf(data) };
  }
  if (data instanceof Int8Array) {
    return { encoding: "int8", bytes: bytesOf(data) };
  }
  if (data instanceof Int32Array) {
    if (data.every((value) => value >= -32768 && value <= 32767)) {
      return { encoding: "int16", bytes: bytesOf(Int16Array.from(data)) };
    }
    return { encoding: "int32", bytes: bytesOf(data) };
  }
  throw new KedgeError({
    code: "bug/pack",
    message: `Packing tensor "${name}": constants of type ${dtype} cannot stand in a file`,
    where: { tensor: name },
  });
}

function bytesOf(
  values: Float32Array | Int8Array | Int16Array | Uint16Array | Int32Array,
) {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function fingerprint(bytes: Uint8Array): number {
  let hash = 0;
  for (let i = 0; i < bytes.length; i += 7) {
    hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  }
  return hash;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
