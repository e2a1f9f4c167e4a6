/**
 * Unpacks entropy-coded weights with the WASM kernels; runtime/format/unpack/ is the definition.
 * @module
 */
import { adapting, CONTEXTS } from "../format/unpack/adaptive.ts";
import { RATES } from "../format/unpack/binary.ts";
import { type Classes, gridOf, PREDICTIONS, type Weights } from "../format/unpack/predict.ts";
import { type Decode, parametric, slots, tabled } from "../format/unpack/rans.ts";
import { type Layout, type Unpack, valuesOf } from "../format/unpack/unpack.ts";
import { reserve } from "./reserve.ts";
import type { Kernel } from "./step.ts";

const PAGE = 65536;
/** Words of an argument block. */
const WORDS = 14;

/** Distribution by parameters. */
export const rans = (kernels: WebAssembly.Module): Unpack => parametric(decodeRans(kernels));

/** Distribution by tables. */
export const rans_table = (kernels: WebAssembly.Module): Unpack => tabled(decodeRans(kernels));

/** Learned decisions. */
export const adaptive = (kernels: WebAssembly.Module): Unpack => {
  const run = runner(kernels, "decode_adaptive");
  return adapting((source, { count, weights, classes }, layout) => {
    const contexts = new Uint16Array(count * CONTEXTS * 4).map((_, i) => i % 4 < 2 ? 16384 : 0);
    const job = { stream: source.left, weights, classes, layout };
    const { values, read } = run({ ...job, tables: [contexts, RATES] });
    source.take(read);
    return values;
  });
};

function decodeRans(kernels: WebAssembly.Module): Decode {
  const run = runner(kernels, "decode_rans");
  return (source, { weights, classes, frequencies }, layout) => {
    const { symbols, entries } = slots(frequencies);
    const job = { stream: source.left, weights, classes, layout };
    const { values, read } = run({ ...job, tables: [symbols, entries] });
    if (!read) source.fail("states that do not end");
    source.take(read);
    return values;
  };
}

/** What a kernel decodes. */
interface Job {
  stream: Uint8Array;
  weights: Weights;
  classes: Classes;
  layout: Layout;
  /** What the last two words point to. */
  tables: readonly [ArrayBufferView, ArrayBufferView];
}

/** Lays a job out in a memory of its own, from the start, and runs the kernel. */
function runner(
  kernels: WebAssembly.Module,
  name: string,
): (job: Job) => { values: Int8Array; read: number } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(kernels, { env: { memory, abort() {} } });
  return ({ stream, weights, classes, layout, tables }) => {
    const size = valuesOf(layout);
    const { planes, height, width, depth } = gridOf(layout);
    const parts = [stream, { byteLength: size }, classes, ...tables];
    let top = 16 + WORDS * 4;
    const places = parts.map(({ byteLength }) => {
      const at = top;
      top = (at + byteLength + 31) & ~15;
      return at;
    });
    const missing = Math.ceil(top / PAGE) - memory.buffer.byteLength / PAGE;
    if (missing > 0) reserve(() => memory.grow(missing), top);
    const [from, to, classesAt, ...tablesAt] = places;
    [stream, null, classes, ...tables].forEach((part, i) => {
      if (!part) return;
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      new Uint8Array(memory.buffer).set(bytes, places[i]);
    });
    new Int32Array(memory.buffer, 16, WORDS).set([
      ...[from, from + stream.length, to, planes, height, width, depth],
      ...[...weights, classesAt + PREDICTIONS, ...tablesAt],
    ]);
    const read = (exports[name] as Kernel)(16) as number;
    return { values: new Int8Array(memory.buffer.slice(to, to + size)), read };
  };
}
