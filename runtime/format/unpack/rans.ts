/**
 * Asymmetric numeral systems (Duda 2013, arXiv:1311.2540): each value takes about as many bits as
 * its probability says. Two 32-bit states take turns, so that a processor can overlap them
 * (Giesen 2014, arXiv:1402.3392); words are 16 bits.
 * @module
 */
import { EXPONENTS, generalizedGaussian, normalize, scaleOf } from "./distribution.ts";
import {
  type Classes,
  gridOf,
  ONE_CLASS,
  partClasses,
  predict,
  readWeights,
  UNPREDICTED,
  type Weights,
} from "./predict.ts";
import { type ByteSource, type Layout, LOWEST, type Unpack, valuesOf } from "./unpack.ts";

/** What values are like: by the class of their prediction. */
export interface Model {
  readonly weights: Weights;
  readonly classes: Classes;
  /** Frequencies of the symbols 0…255 by class. */
  readonly frequencies: readonly Uint16Array[];
}

/** Decodes a stream; `source` stands behind the parameters and the weights of predictions, if there are any. */
export type Decode = (
  source: ByteSource,
  weights: Weights | null,
  parameters: Parameters,
  layout: Layout,
) => Int8Array;

/** Set where values are predicted. */
export const PREDICTED = 128;
/** Set where the least and the greatest value are −127 and 127, which then are not told. */
export const WHOLE = 64;

/** Frequencies of low…high as those of the bytes 0…255. */
export function ofBytes(frequencies: Uint16Array, low: number): Uint16Array {
  const all = new Uint16Array(256);
  for (let i = 0; i < frequencies.length; i++) all[(low + i) & 255] = frequencies[i];
  return all;
}

/** Below this scale, quarters of a unit in a prediction make a difference. */
const WIDE = 4;

/** Means of the classes of predictions, in parts of a unit. */
export function meansOf(predicted: boolean, scale: number): readonly number[] {
  return predicted && scaleOf(scale) < WIDE ? [0, 0.25, 0.5, 0.75] : [0];
}

/** What two parameters and two bounds say about values; `ends` in 1/1024. */
export interface Parameters {
  /** In quarters, one of `EXPONENTS`. */
  readonly exponent: number;
  /** For `scaleOf`. */
  readonly scale: number;
  readonly low: number;
  readonly high: number;
  /** Share of the least and of the greatest value besides: the largest weight of a channel is either. */
  readonly ends: number;
}

/** Classes that predictions with these weights have, by the means that there are. */
export function classesOfModel(weights: Weights | null, means: readonly number[]): Classes {
  return weights ? partClasses(means.length) : ONE_CLASS;
}

/** Model of the generalized Gaussian distribution around predictions. */
export function parametricModel(weights: Weights | null, parameters: Parameters): Model {
  const means = meansOf(weights !== null, parameters.scale);
  return {
    weights: weights ?? UNPREDICTED,
    classes: classesOfModel(weights, means),
    frequencies: means.map((mean) => ofBytes(frequenciesOf(parameters, mean), parameters.low)),
  };
}

/** Frequencies of low…high around a mean. */
export function frequenciesOf(
  { exponent, scale, low, high, ends }: Parameters,
  mean: number,
): Uint16Array {
  const shares = generalizedGaussian(low, high, mean, scaleOf(scale), exponent);
  let sum = 0;
  for (let i = 0; i < shares.length; i++) sum += shares[i];
  const more = sum * ends / 1024;
  shares[0] += more;
  shares[high - low] += more;
  return normalize(shares);
}

/**
 * By parameters: a byte for the exponent, one for the scale, unless they are known the least and greatest
 * value (less the whole part of the prediction, modulo 256), then the weights of the prediction or, where there is
 * none, the share of the ends.
 */
export function parametric(decode: Decode): Unpack {
  return (source, layout) => {
    const flags = source.uint8();
    const exponent = EXPONENTS[flags & 63] ?? source.fail(`exponent ${flags}`);
    const scale = source.uint8();
    const [low, high] = flags & WHOLE ? [-127, 127] : [source.int8(), source.int8()];
    if (scale > 111 || low > high) source.fail("parameters");
    const weights = flags & PREDICTED ? readWeights(source) : null;
    const ends = weights ? 0 : source.uint8();
    return decode(source, weights, { exponent, scale, low, high, ends }, layout);
  };
}

/** The definition of decoding. */
export const decodeRans: Decode = (source, leaning, parameters, layout) => {
  const { weights, classes, frequencies } = parametricModel(leaning, parameters);
  const values = new Int8Array(valuesOf(layout));
  const { symbols, entries } = slots(frequencies);
  const word = () => source.uint8() | source.uint8() << 8;
  let [state, other] = source.states;
  predict(values, gridOf(layout), weights, (i, prediction) => {
    const found = classes[prediction + (classes.length >> 1)];
    const slot = state & 0x3fff;
    const symbol = symbols[(found & 255) << 14 | slot];
    const entry = entries[(found & 255) << 8 | symbol];
    let next = (entry & 0xffff) * (state >>> 14) + slot - (entry >>> 16);
    if (next < LOWEST) next = (next << 16 | word()) >>> 0;
    values[i] = symbol + (found >> 8);
    state = other;
    other = next;
  });
  source.states.set([state, other]);
  return values;
};

/** For each class, the symbol of each of `TOTAL` slots; frequency and first slot of each symbol. */
function slots(
  frequencies: readonly Uint16Array[],
): { symbols: Uint8Array; entries: Uint32Array } {
  const symbols = new Uint8Array(frequencies.length << 14);
  const entries = new Uint32Array(frequencies.length << 8);
  frequencies.forEach((table, k) => {
    let start = 0;
    for (let symbol = 0; symbol < table.length; symbol++) {
      const frequency = table[symbol];
      if (!frequency) continue;
      entries[k << 8 | symbol] = frequency | start << 16;
      symbols.fill(symbol, k << 14 | start, (k << 14) + start + frequency);
      start += frequency;
    }
  });
  return { symbols, entries };
}

/** Values of a distribution with two parameters. */
export const rans: Unpack = /* @__PURE__ */ parametric(decodeRans);
