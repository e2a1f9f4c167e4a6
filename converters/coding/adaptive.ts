/**
 * rANS with learned tables.
 * @module
 */
import {
  adapt,
  type AdaptiveModel,
  measure,
  MOST_SYMBOLS,
  runOf,
  USUAL,
} from "../../runtime/format/unpack/adaptive.ts";
import { LOW_WINDOW } from "../../runtime/format/unpack/concise.ts";
import { TOTAL } from "../../runtime/format/unpack/distribution.ts";
import { type Layout, valuesOf } from "../../runtime/format/unpack/unpack.ts";
import { fitContext } from "./fit_context.ts";
import { modelBits, modelSymbols } from "./model_symbols.ts";
import type { Symbols } from "./rans.ts";
import { boundsOf, type Stream, streamOf } from "./stream.ts";

/** Values from the start that weights are fitted to, and that models are compared on. */
const FITTED = 1 << 16;
const COMPARED = 1 << 14;
const PRIORS = [0, 1, 2, 3];
/** Up to so many values it is worth the time to try more models. */
const DESCENDED = 1 << 13;

/**
 * Where a value alone tells the one below it, though not by a straight line: the two rows of a layer for
 * two classes are alike where they are small and each other's negative where they are large.
 */
const TWINS = [[0, 15, 0, 0, 0, 0, 0, 0, 12], [0, 15, 0, 0, 0, -8, 0, 0, 4]];

/** Lines above that are tried in windows which are higher than three. */
const FAR = [2, 3, 4];

/** The stream with the model that costs least. */
export function adaptiveStream(values: Int8Array, layout: Layout): Stream {
  const model = fitModel(values, layout);
  const head = modelSymbols(model, layout);
  const coded = encode(values, layout, model);
  return streamOf("concise", new Uint8Array(0), {
    starts: Uint16Array.from([...head.starts, ...coded.starts]),
    sizes: Uint16Array.from([...head.sizes, ...coded.sizes]),
  });
}

/** The model that costs least. */
export function fitModel(values: Int8Array, layout: Layout): AdaptiveModel {
  const alphabet = alphabetOf(values);
  const run = runOf(alphabet);
  const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  const unit = Math.min(55, Math.max(0, Math.round(4 * (Math.log2(mean + 1e-3) + 4)) + 1));
  const first = { alphabet, run, unit, weights: USUAL[0], far: 0, prior: 2 };
  const places = placesOf(values, alphabet);
  const symbols = inRuns(places, run);
  const measured = measure(first);
  const fitted = firstRows(layout, FITTED);
  const start = places.subarray(0, valuesOf(fitted));
  const own = (far: number) => ({
    ...{ ...first, far },
    weights: fitContext(Int16Array.from(start, (symbol) => measured[symbol]), fitted, far),
  });
  const compared = firstRows(layout, COMPARED);
  const share = values.length / valuesOf(compared);
  const priced = (model: AdaptiveModel): Priced => ({
    model,
    bits: costOf(symbols, compared, model) * share + modelBits(model, layout),
  });
  const weighted = cheapest([
    ...[...USUAL, ...TWINS].map((weights) => priced({ ...first, weights })),
    ...[0, ...layout.height > LOW_WINDOW ? FAR : []].map((far) => priced(own(far))),
    ...TWINS.map((weights) => priced({ ...first, unit: Math.max(0, unit - 4), weights })),
  ]);
  const found = cheapest(PRIORS.map((prior) => priced({ ...weighted.model, prior })));
  return (values.length > DESCENDED ? found : descend(found, priced)).model;
}

/** A model and what values take by it. */
interface Priced {
  readonly model: AdaptiveModel;
  readonly bits: number;
}

const cheapest = (models: readonly Priced[]): Priced =>
  models.reduce((least, next) => next.bits < least.bits ? next : least);

/** The unit and each of the weights, moved by a step; null where they would leave their range. */
const MOVES: readonly ((model: AdaptiveModel, step: number) => AdaptiveModel | null)[] = [
  (model, step) => {
    const unit = model.unit + step;
    return unit < 0 || unit > 55 ? null : { ...model, unit };
  },
  ...USUAL[0].map((_, k) => (model: AdaptiveModel, step: number) => {
    // One of the usual weights is 16, which a stream cannot hold.
    const weights = model.weights.map((weight, i) => Math.min(15, weight + (i === k ? step : 0)));
    return weights[k] < -16 ? null : { ...model, weights };
  }),
];

/** Moves one number after the other, and keeps what saves something. */
function descend(start: Priced, priced: (model: AdaptiveModel) => Priced): Priced {
  let best = start;
  for (const step of [4, -4, 2, -2, 1, -1, 1, -1]) {
    for (const move of MOVES) {
      const model = move(best.model, step);
      if (model) best = cheapest([best, priced(model)]);
    }
  }
  return best;
}

/** So many rows that there are about `size` values, at least one. */
function firstRows(layout: Layout, size: number): Layout {
  const rows = Math.floor(size * layout.rows / valuesOf(layout));
  return { ...layout, rows: Math.min(layout.rows, Math.max(1, rows)) };
}

/** All values of a range, or those that occur where that makes them at most 16. */
function alphabetOf(values: Int8Array): number[] {
  const { low, high } = boundsOf(values);
  const range = Array.from({ length: high - low + 1 }, (_, k) => low + k);
  const distinct = new Set(values);
  return range.length > MOST_SYMBOLS && distinct.size <= MOST_SYMBOLS
    ? [...distinct].sort((a, b) => a - b)
    : range;
}

/** Bits of the symbols of a layout. */
function costOf(symbols: Uint8Array, layout: Layout, model: AdaptiveModel): number {
  let bits = 0;
  let i = 0;
  adapt(model, layout, (below) => {
    const symbol = symbols[i++];
    bits -= Math.log2((below[symbol + 1] - below[symbol]) / TOTAL);
    return symbol;
  });
  return bits;
}

/** Where values stand in an alphabet. */
function placesOf(values: Int8Array, alphabet: readonly number[]): Uint8Array {
  const index = new Uint8Array(256);
  alphabet.forEach((value, k) => index[value & 255] = k);
  return Uint8Array.from(values, (value) => index[value & 255]);
}

/** The run of each place, and its place in it; just places where there are no runs. */
function inRuns(places: Uint8Array, run: number): Uint8Array {
  return run
    ? Uint8Array.from(
      { length: 2 * places.length },
      (_, i) => i % 2 ? places[i >> 1] & (1 << run) - 1 : places[i >> 1] >> run,
    )
    : places;
}

/** The symbols that values are by a model. */
export function encode(values: Int8Array, layout: Layout, model: AdaptiveModel): Symbols {
  const symbols = inRuns(placesOf(values, model.alphabet), model.run);
  const starts = new Uint16Array(symbols.length);
  const sizes = new Uint16Array(symbols.length);
  let i = 0;
  adapt(model, layout, (below) => {
    starts[i] = below[symbols[i]];
    sizes[i] = below[symbols[i] + 1] - starts[i];
    return symbols[i++];
  });
  return { starts, sizes };
}
