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
import { adapting, LOGISTIC, measure, NARROW, TABLES } from "../format/unpack/adaptive.ts";
import { MEANS, RATES, SPREAD_CLASS, SPREADS } from "../format/unpack/context.ts";
import { gridOf } from "../format/unpack/predict.ts";
import { type Decode, parametric } from "../format/unpack/rans.ts";
import { type Unpack, valuesOf } from "../format/unpack/unpack.ts";
import { kernelCall } from "./kernel_call.ts";

/** Distribution by parameters. */
export const rans = (kernels: WebAssembly.Module): Unpack => parametric(decodeRans(kernels));

/** Words of a model that a stream tells. */
const TOLD = 3 + MEANS + SPREADS;

/** Tables that are learned. */
export const adaptive = (kernels: WebAssembly.Module): Unpack => {
  const call = kernelCall(kernels, "decode_adaptive");
  const known = [LOGISTIC, RATES, NARROW, SPREAD_CLASS].flatMap((part) => [...part]);
  const words = new Int32Array(TOLD + known.length + 2 * 256);
  words.set(known, TOLD);
  return adapting((source, model, layout) => {
    const { rows, height, width, depth } = layout;
    const { alphabet, run, prior, weights } = model;
    words.set([alphabet.length, run, prior, ...weights]);
    const measured = measure(model);
    for (let k = 0, at = TOLD + known.length; k < measured.length; k++) {
      words[at++] = measured[k];
      words[at++] = alphabet[k];
    }
    const stream = source.left;
    const size = valuesOf(layout);
    const { result, part } = call(
      [stream, size, words, TABLES * 128, (depth + 3) * 16, size * 2],
      (
        [from, to, ...rest],
      ) => [from, from + stream.length, to, rows, height, width, depth, ...rest],
    );
    if (!result) source.fail("states that do not end");
    source.take(result);
    return new Int8Array(part(1).buffer);
  });
};

/** The whole file. */
export const expandFile =
  (kernels: WebAssembly.Module) => (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    expandWith(bytes, (file, gaps, source) => {
      const stream = source.left;
      const ends = Int32Array.from(gaps.flatMap(({ start, end }: Stretch) => [start, end]));
      const tables = [MIXED * SLOTS * 4, WEIGHTS * 4, SQUASH, STRETCH, STEPS, 128, FOLLOWERS * 4];
      const { result, part } = kernelCall(kernels, "decode_bytes")(
        [stream, file, ends, ...tables],
        ([from, to, gapsAt, ...rest]) => [
          ...[from, from + stream.length, to, gapsAt, gaps.length, ...rest],
        ],
      );
      source.take(result);
      file.set(part(1));
    });

function decodeRans(kernels: WebAssembly.Module): Decode {
  const call = kernelCall(kernels, "decode_rans");
  return (source, { weights, classes, frequencies }, layout) => {
    const { planes, height, width, depth } = gridOf(layout);
    const stream = source.left;
    const count = frequencies.length;
    const tables = new Uint16Array(count << 8);
    frequencies.forEach((table, k) => tables.set(table, k << 8));
    const { result, part } = call(
      [stream, valuesOf(layout), classes, tables, count << 14, count << 10],
      ([from, to, classesAt, tablesAt, ...room]) => [
        ...[from, from + stream.length, to, planes, height, width, depth],
        ...[...weights, classesAt + (classes.length & ~1), tablesAt, count, ...room],
      ],
    );
    if (!result) source.fail("states that do not end");
    source.take(result);
    return new Int8Array(part(1).buffer);
  };
}
