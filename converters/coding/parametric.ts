/**
 * rANS with a distribution of two parameters: the generalized Gaussian, p(x) ∝ exp(−(|x|/α)^β).
 * @module
 */
import { EXPONENTS, TOTAL } from "../../runtime/format/unpack/distribution.ts";
import { partClasses, PREDICTIONS, type Weights } from "../../runtime/format/unpack/predict.ts";
import {
  frequenciesOf,
  meansOf,
  type Parameters,
  parametricModel,
  PREDICTED,
  WHOLE,
} from "../../runtime/format/unpack/rans.ts";
import { flat, type Layout } from "../../runtime/format/unpack/unpack.ts";
import { fitPrediction, predictions } from "./fit_prediction.ts";
import { symbolsOf } from "./rans.ts";
import { type Stream, streamOf } from "./stream.ts";

/** Values with what is foretold of them. */
interface Data {
  readonly values: Int8Array;
  readonly layout: Layout;
  /** Weights of the prediction, or null for none. */
  readonly weights: Weights | null;
  /** Prediction of each value in 1/32; zeros where there is none. */
  readonly predicted: Int16Array;
}

/** Steps of the scale looked at around the one that the moments give. */
const AROUND = [-2, -1, 0, 1, 2];

/** Bits of each value −128…127 (index + 128) by the distribution that fits best, without prediction. */
export function parametricBits(values: Int8Array): Float64Array {
  const { exponent, scale } = fit(count(bare(values), 1), false);
  const all = { exponent, scale, low: -128, high: 127, ends: 0 };
  return Float64Array.from(frequenciesOf(all, 0), (frequency) => Math.log2(TOTAL / frequency));
}

/** Values of which nothing is foretold. */
function bare(values: Int8Array): Data {
  const predicted = new Int16Array(values.length);
  return { values, layout: flat(values.length), weights: null, predicted };
}

/** Counts of what values differ by from the whole part of their prediction, by its class. */
interface Counts {
  readonly low: number;
  readonly high: number;
  readonly classes: readonly Float64Array[];
}

/** The stream with the cheapest parameters, with or without prediction. */
export function parametricStream(values: Int8Array, layout: Layout): Stream {
  const fitted = fitPrediction(values, layout);
  const predicted = predictions(values, layout, fitted);
  const data = { values, layout, weights: fitted, predicted };
  const plain = fit(count({ ...data, weights: null }, 1), false);
  const leaning = data.weights ? [1, 4].map((parts) => fit(count(data, parts), true)) : [plain];
  const best = [plain, ...leaning].reduce((least, next) => next.bits < least.bits ? next : least);
  const weights = best === plain ? null : data.weights;
  const { exponent, scale, low, high, ends } = best;
  const whole = low === -127 && high === 127;
  const flags = EXPONENTS.findIndex((known) => known === exponent) |
    (weights ? PREDICTED : 0) | (whole ? WHOLE : 0);
  const tail = weights?.map((weight) => weight & 255) ?? [ends];
  const head = [flags, scale, ...whole ? [] : [low & 255, high & 255], ...tail];
  const model = parametricModel(weights, best);
  return streamOf("rans", Uint8Array.from(head), symbolsOf(values, layout, model));
}

function count({ values, weights, predicted }: Data, parts: number): Counts {
  const classes = partClasses(parts);
  const counts = Array.from({ length: parts }, () => new Float64Array(256));
  let low = 127;
  let high = -128;
  for (let i = 0; i < values.length; i++) {
    const entry = weights ? classes[predicted[i] + PREDICTIONS / 2] : 0;
    const rest = (values[i] - (entry >> 8)) << 24 >> 24;
    counts[entry & 3][rest + 128]++;
    if (rest < low) low = rest;
    if (rest > high) high = rest;
  }
  return { low, high, classes: counts };
}

/** Parameters and what they cost. */
type Fit = Parameters & { readonly bits: number };

/**
 * For each exponent β the scale α = (β·mean |x|^β)^(1/β), where the likelihood is greatest, and those
 * around it (Do and Vetterli 2002, "Wavelet-Based Texture Retrieval Using Generalized Gaussian Density
 * and Kullback–Leibler Distance", doi:10.1109/83.982822).
 */
function fit({ low, high, classes }: Counts, leaning: boolean): Fit {
  const ends = leaning ? [0] : endsOf(classes[0], low, high);
  const tried = EXPONENTS.flatMap((exponent) => {
    const beta = exponent / 4;
    let moment = 0;
    let size = 0;
    classes.forEach((counts, k) =>
      counts.forEach((n, i) => {
        moment += n && n * Math.abs(i - 128 - k / classes.length) ** beta;
        size += n;
      })
    );
    const alpha = (beta * (moment + 1e-3) / size) ** (1 / beta);
    const nearest = Math.round(8 * (Math.log2(alpha) + 4));
    return AROUND.map((step) => Math.min(111, Math.max(0, nearest + step)))
      .filter((scale) => meansOf(leaning, scale).length === classes.length)
      .flatMap((scale) => ends.map((ends) => ({ exponent, scale, low, high, ends })));
  });
  const fits = tried.map((parameters): Fit => {
    let bits = leaning ? 64 : 40;
    classes.forEach((counts, k) => {
      const frequencies = frequenciesOf(parameters, k / classes.length);
      for (let i = low; i <= high; i++) {
        const n = counts[i + 128];
        if (n) bits += n * Math.log2(TOTAL / frequencies[i - low]);
      }
    });
    return { ...parameters, bits };
  });
  const none = { exponent: EXPONENTS[0], scale: 0, low, high, ends: 0, bits: Infinity };
  return fits.reduce((best, next) => next.bits < best.bits ? next : best, none);
}

/** Shares of the ends to try: none, and half of what the two are of all. */
function endsOf(counts: Float64Array, low: number, high: number): number[] {
  const all = counts.reduce((sum, n) => sum + n, 0);
  const share = Math.round(512 * (counts[low + 128] + counts[high + 128]) / all);
  return share ? [0, Math.min(255, share)] : [0];
}
