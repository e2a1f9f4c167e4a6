/**
 * Adaptive binary streams.
 * @module
 */
import { CONTEXTS, decisions } from "../../runtime/format/unpack/adaptive.ts";
import { Probabilities } from "../../runtime/format/unpack/binary.ts";
import { evenClasses, oneClass, UNPREDICTED } from "../../runtime/format/unpack/predict.ts";
import { BinaryEncoder } from "./binary_encoder.ts";
import type { Data } from "./parametric.ts";
import { join, shortest, type Stream } from "./stream.ts";
import { classesHead, stepOf } from "./table.ts";

/** Numbers of classes that are tried. */
const CLASSES = [1, 5, 9, 15];

/**
 * Decoding takes several times as long as rANS: above so many values it has to save a share of the
 * bytes, and more of them the more values there are.
 */
const FREE_VALUES = 1024;
const LEAST_SAVING = 1 / 48;
const MOST_VALUES = 1 << 17;

/** The adaptive stream where it is worth its time, else the one that is there. */
export function cheaperAdaptive(data: Data, other: Stream): Stream {
  const { length } = data.values;
  if (length > MOST_VALUES) return other;
  const saving = length > FREE_VALUES ? other.bytes.length * LEAST_SAVING : 0;
  const best = fit(data);
  if (best.bits / 8 >= other.bytes.length - saving) return other;
  return shortest([other, encode(data, best)]);
}

/** The stream with the number of classes that costs least. */
export function adaptiveStream(data: Data): Stream {
  return encode(data, fit(data));
}

/** A number of classes and what it costs. */
interface Fit {
  readonly count: number;
  readonly model: Model;
  readonly head: readonly number[];
  readonly bits: number;
}

function fit(data: Data): Fit {
  const { values, weights } = data;
  const tried = CLASSES.filter((count) => count === 1 || weights).map((count): Fit => {
    const model = {
      weights: count === 1 ? UNPREDICTED : weights!,
      classes: count === 1 ? oneClass() : evenClasses(count, stepOf(values, count)),
    };
    const head = classesHead(data, count);
    return { count, model, head, bits: 8 * head.length + costOf(values, data, model, count) };
  });
  return tried.reduce((least, next) => next.bits < least.bits ? next : least);
}

function encode({ values, layout }: Data, { count, model, head }: Fit): Stream {
  const encoder = new BinaryEncoder(count * CONTEXTS);
  decisions(values.slice(), layout, model, (context, bit) => encoder.decide(context, bit));
  return { coding: "adaptive", bytes: join(head, encoder.end()) };
}

type Model = Parameters<typeof decisions>[2];

/** Bits of all decisions. */
function costOf(values: Int8Array, { layout }: Data, model: Model, count: number): number {
  const probabilities = new Probabilities(count * CONTEXTS);
  let bits = 0;
  decisions(values.slice(), layout, model, (context, bit) => {
    const one = probabilities.of(context) / 65536;
    bits -= Math.log2(bit ? one : 1 - one);
    probabilities.learn(context, bit);
    return bit;
  });
  return bits;
}
