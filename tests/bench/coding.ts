/**
 * What each coder makes of the weights that converting the shared models gives, beside brotli, and how
 * fast the kernels decode: `deno task bench:coding [--quick] [MODEL…]`. `--quick` rounds weights without
 * a look at the data; else it is done as by `kedge convert`, which takes minutes.
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
import { QUICKLY, realWeights, RECIPES } from "../helpers/real_weights.ts";
import type { Weights } from "../helpers/weights.ts";

const MODELS = ["resnet8-cifar10", "dscnn-kws", "mobilenetv1-vww", "squeezenet1.1"];

/** Milliseconds that a speed is measured for. */
const TIME = 2000;

const kernels = await WebAssembly.compile(fromBase64(SIMD));
const unpackers: Unpackers = {
  ...reference,
  rans: decoders.rans(kernels),
  adaptive: decoders.adaptive(kernels),
  concise: decoders.concise(kernels),
};

/** A tensor in the code of a model. */
interface Coded {
  coding: Coding | "int8";
  shape: readonly number[];
}

/** Weights and the milliseconds that they decode in. */
interface Decoded {
  values: number;
  time: number;
}

/**
 * Each tensor in the fastest of many runs: others may keep the machine busy. Those that are not coded
 * count nothing.
 */
function decode(tensors: readonly Coded[], bytes: Uint8Array): Decoded {
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
  return { values, time: fastest.reduce((sum, time) => sum + time, 0) };
}

/** Bytes of some weights: as int8, packed in fixed widths, coded, and by brotli of the first and second. */
interface Sizes extends Decoded {
  int8: number;
  packed: number;
  coded: number;
  brotliInt8: number;
  brotliPacked: number;
}

function measure(layers: readonly Weights[]): Sizes {
  const streams = layers.map(({ values, shape }) => encodeInt8(values, shape, "auto"));
  const bytes = chain(streams);
  const packed = chain(layers.map(({ values, shape }) => encodeInt8(values, shape, "fixed")));
  const brotli = brotliBytes(layers);
  const tensors = streams.map(({ coding }, i) => ({ coding, shape: layers[i].shape }));
  return {
    int8: layers.reduce((sum, { values }) => sum + values.length, 0),
    packed: packed.length,
    coded: bytes.length,
    brotliInt8: brotli.plain,
    brotliPacked: brotli.packed,
    ...decode(tensors, bytes),
  };
}

/** Share of the bytes that are saved. */
const saved = (bytes: number, of: number) => `${(100 - bytes / of * 100).toFixed(1)}%`;

function print(model: string, grid: string, sizes: Sizes): void {
  const { int8, packed, coded, brotliInt8, brotliPacked, values, time } = sizes;
  console.log([
    ...[model, grid, int8, packed, coded, brotliInt8, brotliPacked],
    saved(coded, Math.min(brotliInt8, brotliPacked)),
    saved(coded, brotliPacked),
    values ? Math.round(values / time / 1000) : "",
  ].join("\t"));
}

const GRIDS = { ...RECIPES, "int4 by 32": { ...RECIPES.int4, group: 32 } };
const columns = ["model", "weights", "int8", "packed", "coded", "brotli int8", "brotli packed"];
console.log([...columns, "less than best", "less than packed", "MB/s"].join("\t"));
const quickly = Deno.args.includes("--quick") ? QUICKLY : {};
const models = Deno.args.filter((name) => !name.startsWith("--"));
const totals = new Map<string, Sizes>();
for (const model of models.length ? models : MODELS) {
  for (const [grid, recipe] of Object.entries(GRIDS)) {
    const sizes = measure(await realWeights(model, { ...recipe, ...quickly }));
    print(model, grid, sizes);
    const total = totals.get(grid) ?? sizes;
    const keys = Object.keys(sizes) as (keyof Sizes)[];
    if (total !== sizes) keys.forEach((key) => total[key] += sizes[key]);
    totals.set(grid, total);
  }
}
for (const [grid, sizes] of totals) print("all", grid, sizes);
