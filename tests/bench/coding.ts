/**
 * What each coder makes of the weights of the shared models, beside brotli, and how fast the kernels
 * decode: `deno task bench:coding [MODEL…]`.
 * @module
 */
import { encodeInt8, isCoded } from "../../converters/coding/mod.ts";
import * as decoders from "../../runtime/engine/unpack_kernels.ts";
import type { Coding } from "../../runtime/format/model.ts";
import * as reference from "../../runtime/format/unpack/mod.ts";
import { layoutOf, unpack, type Unpackers } from "../../runtime/format/unpack/unpack.ts";
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

/** A stream to decode. */
interface Coded {
  coding: Coding;
  bytes: Uint8Array;
  shape: readonly number[];
}

/** Megabytes of weights a second, each stream in the fastest of many runs: others may keep the machine busy. */
function speed(streams: readonly Coded[]): number {
  const fastest = streams.map(() => Infinity);
  let values = 0;
  for (const end = performance.now() + TIME; performance.now() < end;) {
    values = 0;
    streams.forEach(({ coding, bytes, shape }, i) => {
      const start = performance.now();
      values += unpack(unpackers, coding, bytes, layoutOf(shape), "weights").values.length;
      fastest[i] = Math.min(fastest[i], performance.now() - start);
    });
  }
  return values / fastest.reduce((sum, time) => sum + time, 0) / 1000;
}

/** One row: bytes by coder, brotli's on the int8 buffers and on the packed ones, gain, speeds. */
function row(layers: readonly Weights[]): (string | number)[] {
  const streams = layers.map(({ values, shape }) => ({
    ...encodeInt8(values, shape, "auto"),
    shape,
  }));
  const auto = streams.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const packed = layers.map(({ values, shape }) => encodeInt8(values, shape, "fixed").bytes);
  const brotli = brotliBytes(layers);
  const coded = streams.filter(isCoded) as Coded[];
  return [
    layers.reduce((sum, { values }) => sum + values.length, 0),
    packed.reduce((sum, { length }) => sum + length, 0),
    auto,
    brotli.plain,
    brotli.packed,
    `${(100 - auto / Math.min(brotli.plain, brotli.packed) * 100).toFixed(1)}%`,
    coded.length ? Math.round(speed(coded)) : "",
  ];
}

const columns = ["model", "weights", "raw", "packed", "auto", "brotli", "brotli packed", "gain"];
console.log([...columns, "MB/s"].join("\t"));
for (const model of Deno.args.length ? Deno.args : MODELS) {
  const weights = await realWeights(model);
  for (const [grid, coarser] of Object.entries(GRIDS)) {
    console.log([model, grid, ...row(weights.map(coarser))].join("\t"));
  }
}
