/**
 * Frames between the check and the process it runs the bundle in: a little-endian uint32 length,
 * then that many bytes. An empty frame ends the samples.
 * @module
 */

/** Reads frames off a byte stream. */
export class FrameReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** Takes the stream over. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next frame's bytes, or null at the end of the stream. */
  async read(): Promise<Uint8Array | null> {
    const head = await this.#take(4);
    if (!head) return null;
    return await this.#take(new DataView(head.buffer).getUint32(0, true));
  }

  /** A new array of exactly `count` bytes, or null when the stream ends before. */
  async #take(count: number): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#length < count) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#chunks.push(value);
      this.#length += value.length;
    }
    const out = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const chunk = this.#chunks[0];
      const part = chunk.subarray(0, count - at);
      out.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#length -= count;
    return out;
  }
}

/** One frame as bytes on the wire. */
export function frame(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + payload.length);
  new DataView(out.buffer).setUint32(0, payload.length, true);
  out.set(payload, 4);
  return out;
}

/** Values of several tensors as one payload, float32 little-endian. */
export function joinTensors(tensors: readonly ArrayLike<number>[]): Uint8Array {
  const total = tensors.reduce((sum, tensor) => sum + tensor.length, 0);
  const out = new Float32Array(total);
  let at = 0;
  for (const tensor of tensors) {
    out.set(tensor, at);
    at += tensor.length;
  }
  return new Uint8Array(out.buffer);
}

/** Takes a payload apart into tensors of the given sizes. */
export function splitTensors(
  payload: Uint8Array,
  sizes: readonly number[],
): Float32Array[] {
  const all = new Float32Array(payload.slice().buffer);
  let at = 0;
  return sizes.map((size) => all.slice(at, at += size));
}
