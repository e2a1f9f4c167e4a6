/**
 * Constants as the bytes of a file; equal bytes are kept once.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Coding, Encoding } from "../../runtime/format/model.ts";
import { type Coder, encodeInt8, isCoded } from "../coding/mod.ts";
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

/** Collects the buffers of a file. */
export class Constants {
  readonly buffers: Bytes[] = [];
  readonly #known = new Map<string, number>();

  constructor(readonly coder: Coder) {}

  /** Bytes of all buffers, alignment counted. */
  get bytes(): number {
    return this.buffers.reduce((sum, { bytes }) => sum + bytes.length + 64, 0);
  }

  /** Encodes a constant and gives its place. */
  add(tensor: Tensor): Encoded {
    const { encoding, bytes } = this.#encode(tensor);
    const inPlace = encoding in IN_PLACE;
    const key = `${inPlace}:${bytes.length}:${fingerprint(bytes)}`;
    const known = this.#known.get(key);
    if (known !== undefined && equal(this.buffers[known].bytes, bytes)) {
      return { encoding, buffer: known };
    }
    const dense = !inPlace || encoding === "int8" && bytes.length >= SHORT;
    const buffer = this.buffers.push({ bytes, inPlace, dense }) - 1;
    if (known === undefined) this.#known.set(key, buffer);
    return { encoding, buffer };
  }

  #encode(tensor: Tensor): { encoding: Encoding | Coding; bytes: Uint8Array } {
    const { data, shape } = tensor;
    if (this.coder !== "none" && data instanceof Int8Array) {
      const stream = encodeInt8(data, shape ?? [], this.coder);
      if (isCoded(stream)) return { encoding: stream.coding, bytes: stream.bytes };
    }
    return encode(tensor);
  }
}

/** Encodings that are used as they stand in the file. */
const IN_PLACE = { float32: 0, float16: 0, int8: 0, int16: 0, int32: 0 } satisfies Record<
  Encoding,
  0
>;

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
