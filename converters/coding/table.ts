/**
 * rANS with a table of frequencies for each class of predictions.
 * @module
 */
import { normalize, TOTAL, weightsOf } from "../../runtime/format/unpack/distribution.ts";
import {
  evenClasses,
  oneClass,
  PREDICTIONS,
  UNPREDICTED,
} from "../../runtime/format/unpack/predict.ts";
import { ofBytes } from "../../runtime/format/unpack/rans.ts";
import type { Data } from "./parametric.ts";
import { encodeRans } from "./rans.ts";
import { boundsOf, join, type Stream, varint } from "./stream.ts";

/** Numbers of classes that are tried. */
const CLASSES = [1, 3, 5, 9, 15];

/** Width of a class in 1/32: all together span 2.4 deviations of the values. */
export function stepOf(values: Int8Array, count: number): number {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  return Math.max(1, Math.round(Math.sqrt(squares / values.length) * 32 * 2.4 / count));
}

/** What a stream says of its classes. */
export function classesHead({ values, weights }: Data, count: number): number[] {
  if (count === 1 || !weights) return [1];
  return [count, ...varint(stepOf(values, count)), ...weights.map((weight) => weight & 255)];
}

/** The stream with the number of classes that costs least. */
export function tableStream(data: Data): Stream {
  const { values, layout, weights, predicted } = data;
  const { low, high } = boundsOf(values);
  const symbols = high - low + 1;
  const tried = CLASSES.filter((count) => count === 1 || weights).map((count) => {
    const classes = count === 1 ? oneClass() : evenClasses(count, stepOf(values, count));
    const counts = Array.from({ length: count }, () => new Float64Array(symbols));
    for (let i = 0; i < values.length; i++) {
      counts[classes[predicted[i] + PREDICTIONS / 2]][values[i] - low]++;
    }
    const tables = counts.map(tableOf);
    const frequencies = tables.map((table) => normalize(weightsOf(table)));
    let bits = 8 * (symbols * count + (count === 1 ? 0 : 6));
    counts.forEach((table, k) =>
      table.forEach((n, i) => bits += n && n * Math.log2(TOTAL / frequencies[k][i]))
    );
    return { count, classes, tables, frequencies, bits };
  });
  const best = tried.reduce((least, next) => next.bits < least.bits ? next : least);
  const head = [...classesHead(data, best.count), low & 255, high & 255];
  const model = {
    weights: best.count === 1 ? UNPREDICTED : weights!,
    classes: best.classes,
    frequencies: best.frequencies.map((table) => ofBytes(table, low)),
  };
  return {
    coding: "rans_table",
    bytes: join(head, ...best.tables, encodeRans(values, layout, model)),
  };
}

/** Bytes whose weights are nearly the counts: 1 + 8·log2 of them, the largest as 112. */
function tableOf(counts: Float64Array): Uint8Array {
  const largest = counts.reduce((most, n) => Math.max(most, n), 0);
  if (!largest) return new Uint8Array(counts.length).fill(1);
  return Uint8Array.from(counts, (n) => {
    return n && Math.max(1, 112 + Math.round(8 * Math.log2(n / largest)));
  });
}
