/**
 * WASM of the linear algebra with its memory.
 * @module
 */

const PAGE = 65536;

/** One instance of a module, made when it is used first. */
export class Machine<Kernels> {
  #memory: WebAssembly.Memory | null = null;
  #kernels: Kernels | null = null;

  /** @param bytes base64 of the module. */
  constructor(readonly bytes: string) {}

  /** The kernels and as much memory as is wanted, in float32. */
  use(bytes: number): { kernels: Kernels; floats: Float32Array } {
    if (!this.#memory || !this.#kernels) {
      const memory = this.#memory = new WebAssembly.Memory({ initial: 1 });
      const module = new WebAssembly.Module(Uint8Array.fromBase64(this.bytes));
      const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() {} } });
      this.#kernels = exports as Kernels;
    }
    const missing = Math.ceil(bytes / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (missing > 0) this.#memory.grow(missing);
    return { kernels: this.#kernels, floats: new Float32Array(this.#memory.buffer) };
  }
}

/** Rows with zeros behind them, up to `width`. */
export function copyRows(
  from: Float32Array,
  first: number,
  rows: number,
  depth: number,
  to: Float32Array,
  at: number,
  width: number,
): void {
  if (depth === width) {
    to.set(from.subarray(first, first + rows * depth), at);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const start = at + row * width;
    to.set(from.subarray(first + row * depth, first + (row + 1) * depth), start);
    to.fill(0, start + depth, start + width);
  }
}
