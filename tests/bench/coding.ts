/**
 * What each coder makes of the weights of the shared models, beside brotli, and how fast the kernels
 * decode: `deno task bench:coding [MODEL…]`.
 * @module
 */
import { chain, encodeInt8 } from "../../converters/coding/mod.ts";
import * as decoders from "../../runtime/engine/unpack_kernels.ts";
import type { Coding } from "../../runtime/format/model.ts";
import * as reference from "../../runtime/format/unpack/mod.ts";
import {
  ByteSource,
  layoutOf,
  unpack,
  type Unpackers,
  valuesOf,
} from "../../runtime/format/unpack/unpack.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { brotliBytes } from "../helpers/brotli.ts";
import { GRIDS, realWeights } from "../helpers/real_weights.ts";
import type { Weights } from "../helpers/weights.ts";

const MODELS = ["resnet8-cifar10", "dscnn-kws", "mobilenetv1-vww", "squeezenet1.1"];

/** Milliseconds that a speed is measured for. */
const TIME = 2000;

const kernels = await WebAssembly.compile(fromBase64(SIMD));
const unpackers: Unpackers = {
  ...reference,
  rans: decoders.rans(kernels),
  adaptive: decoders.adaptive(kernels),
};

/** A tensor in the code of a model. */
interface Coded {
  coding: Coding | "int8";
  shape: readonly number[];
}

/**
 * Megabytes of weights a second, each tensor in the fastest of many runs: others may keep the machine
 * busy. Those that are not coded count nothing.
 */
function speed(tensors: readonly Coded[], bytes: Uint8Array): number {
  const fastest = tensors.map(() => Infinity);
  let values = 0;
  for (const end = performance.now() + TIME; performance.now() < end;) {
    values = 0;
    const source = new ByteSource(bytes, "weights");
    tensors.forEach(({ coding, shape }, i) => {
      const start = performance.now();
      if (coding === "int8") {
        source.take(valuesOf(layoutOf(shape)));
        fastest[i] = 0;
        return;
      }
      values += unpack(unpackers, coding, source, layoutOf(shape)).values.length;
      fastest[i] = Math.min(fastest[i], performance.now() - start);
    });
    source.end();
  }
  return values / fastest.reduce((sum, time) => sum + time, 0) / 1000;
}

/** Share of the bytes that are saved. */
const saved = (bytes: number, of: number) => `${(100 - bytes / of * 100).toFixed(1)}%`;

/**
 * One row: bytes as int8, packed in fixed widths, coded; brotli's of the int8 values and of the packed
 * ones; what coding saves of the shorter one of these, and of the latter; speed.
 */
function row(layers: readonly Weights[]): (string | number)[] {
  const streams = layers.map(({ values, shape }) => encodeInt8(values, shape, "auto"));
  const bytes = chain(streams);
  const packed = chain(layers.map(({ values, shape }) => encodeInt8(values, shape, "fixed")));
  const brotli = brotliBytes(layers);
  const tensors = streams.map(({ coding }, i) => ({ coding, shape: layers[i].shape }));
  return [
    layers.reduce((sum, { values }) => sum + values.length, 0),
    packed.length,
    bytes.length,
    brotli.plain,
    brotli.packed,
    saved(bytes.length, Math.min(brotli.plain, brotli.packed)),
    saved(bytes.length, brotli.packed),
    tensors.every(({ coding }) => coding === "int8") ? "" : Math.round(speed(tensors, bytes)),
  ];
}

const columns = ["model", "weights", "int8", "packed", "coded", "brotli int8", "brotli packed"];
console.log([...columns, "less than best", "less than packed", "MB/s"].join("\t"));
for (const model of Deno.args.length ? Deno.args : MODELS) {
  const weights = await realWeights(model);
  for (const [grid, coarser] of Object.entries(GRIDS)) {
    console.log([model, grid, ...row(weights.map(coarser))].join("\t"));
  }
}
