/**
 * What each coder makes of the weights of the shared models, beside brotli, and how fast the kernels
 * decode: `deno task bench:coding [MODEL…]`.
 * @module
 */
import { brotliCompressSync, constants } from "node:zlib";
import { encodeInt8, isCoded } from "../../converters/coding/mod.ts";
import { ENCODERS } from "../../converters/coding/entropy.ts";
import * as decoders from "../../runtime/engine/unpack_kernels.ts";
import type { Coding } from "../../runtime/format/model.ts";
import * as reference from "../../runtime/format/unpack/mod.ts";
import { layoutOf, unpack, type Unpackers } from "../../runtime/format/unpack/unpack.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { GRIDS, realWeights } from "../helpers/real_weights.ts";
import type { Weights } from "../helpers/weights.ts";

const MODELS = ["resnet8-cifar10", "dscnn-kws", "mobilenetv1-vww", "squeezenet1.1"];

/** Milliseconds that a speed is measured for. */
const TIME = 400;

const kernels = await WebAssembly.compile(fromBase64(SIMD));
const unpackers: Unpackers = {
  ...reference,
  rans: decoders.rans(kernels),
  rans_table: decoders.rans_table(kernels),
  adaptive: decoders.adaptive(kernels),
};

/** A stream to decode. */
interface Coded {
  coding: Coding;
  bytes: Uint8Array;
  shape: readonly number[];
}

/** Megabytes of weights a second in the fastest of many runs: others may keep the machine busy. */
function speed(streams: readonly Coded[]): number {
  const end = performance.now() + TIME;
  let fastest = 0;
  do {
    const start = performance.now();
    let values = 0;
    for (const { coding, bytes, shape } of streams) {
      values += unpack(unpackers, coding, bytes, layoutOf(shape), "weights").values.length;
    }
    fastest = Math.max(fastest, values / (performance.now() - start) / 1000);
  } while (performance.now() < end);
  return fastest;
}

function brotli(bytes: Uint8Array): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(bytes, { params }).length;
}

/** One row: bytes by coder, brotli's on the int8 buffer and on the packed one, gain, speeds. */
function row(layers: readonly Weights[]): (string | number)[] {
  const total = (of: (layer: Weights) => number) => layers.reduce((sum, w) => sum + of(w), 0);
  const only = Object.values(ENCODERS).map((encode) =>
    total(({ values, shape }) => encode(values, layoutOf(shape)).bytes.length)
  );
  const streams = layers.map(({ values, shape }) => ({
    ...encodeInt8(values, shape, "auto"),
    shape,
  }));
  const auto = streams.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const asBytes = total(({ values }) => brotli(new Uint8Array(values.buffer)));
  const packed = layers.map(({ values, shape }) => encodeInt8(values, shape, "fixed").bytes);
  const asPacked = packed.reduce((sum, bytes) => sum + brotli(bytes), 0);
  const coded = streams.filter(isCoded) as Coded[];
  const perCoder = (coding: Coding) => {
    const same = coded.filter((stream) => stream.coding === coding);
    return same.length ? Math.round(speed(same)) : "";
  };
  return [
    total(({ values }) => values.length),
    packed.reduce((sum, { length }) => sum + length, 0),
    ...only,
    auto,
    asBytes,
    asPacked,
    `${(100 - auto / Math.min(asBytes, asPacked) * 100).toFixed(1)}%`,
    coded.length ? Math.round(speed(coded)) : "",
    ...(["rans", "rans_table", "adaptive"] as const).map(perCoder),
  ];
}

const columns = ["model", "weights", "raw", "packed", ...Object.keys(ENCODERS), "auto"];
columns.push("brotli", "brotli packed", "gain", "MB/s", "rans MB/s", "table MB/s", "adaptive MB/s");
console.log(columns.join("\t"));
for (const model of Deno.args.length ? Deno.args : MODELS) {
  const weights = await realWeights(model);
  for (const [grid, coarser] of Object.entries(GRIDS)) {
    console.log([model, grid, ...row(weights.map(coarser))].join("\t"));
  }
}
