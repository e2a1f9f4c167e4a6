/**
 * Unpacks coded weights and files with the WASM kernels; runtime/format/ has the definitions.
 * @module
 */
import { expandWith, type Stretch } from "../format/structure/expand.ts";
import {
  CONTEXTS as MIXED,
  FOLLOWERS,
  SLOTS,
  SQUASH,
  STEPS,
  STRETCH,
  WEIGHTS,
} from "../format/structure/mixing.ts";
import {
  adapting,
  type Decode as DecodeAdaptive,
  LOGISTIC,
  measure,
  MOST_SYMBOLS,
  NARROW,
  TABLES,
} from "../format/unpack/adaptive.ts";
import { concisely } from "../format/unpack/concise.ts";
import { MEAN_CLASSES, MEANS, RATES, SPREAD_CLASS, SPREADS } from "../format/unpack/context.ts";
import { scaleOf } from "../format/unpack/distribution.ts";
import { gridOf, UNPREDICTED } from "../format/unpack/predict.ts";
import { classesOfModel, type Decode, meansOf, parametric } from "../format/unpack/rans.ts";
import { type ByteSource, type Layout, type Unpack, valuesOf } from "../format/unpack/unpack.ts";
import { type Call, kernelCall, type Part } from "./kernel_call.ts";

/** Distribution by parameters. */
export const rans = (kernels: WebAssembly.Module): Unpack => parametric(decodeRans(kernels));

/** Five parameters of a distribution, then up to four means. */
const MOST_TOLD = 9;
/** Bytes that the kernel writes behind the symbols of slots, at most. */
const MOST_BEHIND = 63;
/** Bytes to count all values in. */
const COUNTS = 260 * 8;
/** Bytes of a table. */
const TABLE = 128;
/** Words of a model that a stream tells. */
const TOLD = 4 + MEANS + SPREADS;

/** Tables that are learned. */
export const adaptive = (kernels: WebAssembly.Module): Unpack => adapting(decodeAdaptive(kernels));

/** The same, with a model in few bits. */
export const concise = (kernels: WebAssembly.Module): Unpack => concisely(decodeAdaptive(kernels));

function decodeAdaptive(kernels: WebAssembly.Module): DecodeAdaptive {
  const call = kernelCall(kernels, "decode_adaptive");
  const classes = SPREAD_CLASS.map((spread) => spread * MEAN_CLASSES * TABLE);
  const known = [...LOGISTIC, 65536, ...RATES, ...NARROW, ...classes];
  const told = new Int32Array(TOLD + known.length + MOST_SYMBOLS + 2 * 256);
  told.set(known, TOLD);
  const toldBytes = bytesOf(told);
  return (source, model, layout) => {
    const { rows, height, width, depth } = layout;
    const { alphabet, run, prior, weights, far } = model;
    told.set([alphabet.length, run, prior, ...weights, far]);
    const measured = measure(model);
    let at = TOLD + known.length;
    for (let k = 1; k <= MOST_SYMBOLS; k++) {
      const end = k << run;
      told[at++] = end < measured.length ? measured[end - 1] + measured[end] >> 1 : 0;
    }
    for (let k = 0; k < measured.length; k++) {
      told[at++] = measured[k] << 16 | alphabet[k] & 255;
      told[at++] = Math.abs(measured[k]) << 4;
    }
    const parts = [toldBytes, TABLES * TABLE, (depth + 3) * 12, valuesOf(layout) * 2];
    const words = (at: readonly number[], rest: readonly number[]) => [
      ...[...at, rows, height, width, depth, ...rest],
    ];
    return decode(call, source, layout, parts, words);
  };
}

/** The whole file. */
export const expandFile =
  (kernels: WebAssembly.Module) => (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    expandWith(bytes, (file, gaps, source) => {
      const stream = source.left();
      const ends = Int32Array.from(gaps.flatMap(({ start, end }: Stretch) => [start, end]));
      const known = [SQUASH, STRETCH, STEPS].map(bytesOf);
      const tables = [MIXED * SLOTS * 4, WEIGHTS * 4, ...known, 128, FOLLOWERS * 4];
      const { result, part } = kernelCall(kernels, "decode_bytes")(
        [stream, file, bytesOf(ends), ...tables],
        ([from, to, gapsAt, ...rest]) => [
          ...[from, from + stream.length, to, gapsAt, gaps.length, ...rest],
        ],
      );
      source.take(result);
      file.set(part(1));
    });

function decodeRans(kernels: WebAssembly.Module): Decode {
  const call = kernelCall(kernels, "decode_rans");
  const told = new Float64Array(MOST_TOLD);
  const toldBytes = bytesOf(told);
  return (source, weights, { exponent, scale, low, high, ends }, layout) => {
    const { planes, height, width, depth } = gridOf(layout);
    const means = meansOf(weights !== null, scale);
    const classes = classesOfModel(weights, means);
    const count = means.length;
    told.set([exponent, scaleOf(scale), low, high, ends, ...means]);
    const slots = (count << 14) + MOST_BEHIND;
    const parts = [bytesOf(classes), toldBytes, slots, count << 10, COUNTS];
    const words = (at: readonly number[], [classesAt, toldAt, ...rest]: readonly number[]) => [
      ...[...at, planes, height, width, depth, ...weights ?? UNPREDICTED],
      ...[classesAt + (classes.length & ~1), toldAt, count, ...rest],
    ];
    return decode(call, source, layout, parts, words);
  };
}

/** All that stands in the buffer of an array. */
function bytesOf({ buffer }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer);
}

/** Bytes of code that a value takes at most: two symbols of 14 bits each. */
const MOST_BYTES = 4;

/**
 * Decodes the values that come next in a source.
 * @param words of the argument block, of the addresses of the stream, its end and the values, and of those of
 * parts and of the two states.
 */
function decode(
  call: Call,
  source: ByteSource,
  layout: Layout,
  parts: readonly Part[],
  words: (at: readonly number[], rest: readonly number[]) => readonly number[],
): Int8Array {
  const states = bytesOf(source.states);
  const size = valuesOf(layout);
  const stream = source.left(size * MOST_BYTES);
  const { result, part } = call(
    [stream, size, ...parts, states],
    ([from, to, ...rest]) => words([from, from + stream.length, to], rest),
  );
  if (result < 0) source.fail("a stream that ends early");
  source.take(result);
  states.set(part(parts.length + 2));
  return new Int8Array(part(1));
}
