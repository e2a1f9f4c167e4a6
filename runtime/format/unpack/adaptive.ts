/**
 * Asymmetric numeral systems whose tables of frequencies are learned on the way. A value is one of at
 * most 16 symbols, or, where there are more values, of up to 16 runs of them and then of up to 16 in
 * its run. There is a table of symbols for each class of context, and one for each run.
 *
 * At first a table is what the logistic distribution with the mean and spread of the class
 * says, integrated between the middles of neighbouring symbols, as if so many values had been seen; in a run
 * all are alike. Then each symbol that is seen is counted, and the table is made again whenever the
 * counts have grown by a sixteenth.
 * @module
 */
import { unpackBits } from "./bits.ts";
import { Context, MEAN_CLASSES, MEANS, SPREAD_CLASSES, SPREADS, UNIT } from "./context.ts";
import { exponential, scaleOf, TOTAL } from "./distribution.ts";
import { type ByteSource, type Layout, LOWEST, type Unpack, valuesOf } from "./unpack.ts";

/** Most symbols of a table. */
export const MOST_SYMBOLS = 16;
/** Number of tables: of the classes, then of runs. */
export const TABLES: number = MEAN_CLASSES * SPREAD_CLASSES + MOST_SYMBOLS;
/**
 * In the first byte of a stream: there are gaps between values, not more than 16; or more, without; or
 * the values are as many below 0 as from there on, one less where their number is odd.
 */
export const GAPS = 16;
export const WIDE = 128;
export const CENTRED: number = GAPS | WIDE;

/**
 * Weights of `Context` in 1/16 that a stream need not hold: nothing foretells values; as they often
 * are for windows; for windows of one channel each. A stream with others has the number behind these.
 */
export const USUAL: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 16, 0, 0, 0],
  [6, 6, -4, -1, 3, -2, 9, 7, 2],
  [6, 6, -3, 0, -3, 10, 9, -6, 3],
];

/** A count of one value. */
const ONE = 16;
/** Above this sum, counts are halved. */
const MOST_COUNTED = 1 << 17;

/** What a stream says of its values. */
export interface AdaptiveModel {
  /** The values, rising. */
  readonly alphabet: readonly number[];
  /** Values in a run: 2^run, so that there are at most 16. */
  readonly run: number;
  /** Values are measured in 2^(unit/4 − 4); 0…55. */
  readonly unit: number;
  /** Weights of `Context`, in 1/16, −16…15. */
  readonly weights: readonly number[];
  /** What `Context` takes in place of what stands above left: so many lines above; or 0. */
  readonly far: number;
  /** The first tables count as 16·4^prior values; 0…3. */
  readonly prior: number;
}

/** The alphabet in 1/512 of the unit. */
export function measure({ alphabet, unit }: AdaptiveModel): number[] {
  const scale = scaleOf(2 * unit);
  return alphabet.map((value) =>
    Math.min(32767, Math.max(-32767, Math.round(value * UNIT / scale)))
  );
}

/** The logistic distribution function of mean size 1 at −8…8 in 1/32, in 1/65536. */
export const LOGISTIC: Int32Array = Int32Array.from({ length: 512 }, (_, i) => {
  const tail = exponential(Math.abs(i - 256) * 1.3862943611198906 / 32);
  return Math.round(65536 * (i < 256 ? tail : 1) / (1 + tail));
});

/** What a distance is multiplied by in each class of spread: 256 / 2^((k − 6) / 3). */
export const NARROW: Int32Array = Int32Array.of(
  ...[1024, 813, 645, 512, 406, 323, 256, 203, 161, 128, 102, 81],
);

/** Frequencies that are learned. */
class Table {
  /** `TOTAL` × the distribution function below each symbol, and behind the last. */
  readonly below: Uint16Array;
  readonly #counts: Uint32Array;
  #sum = 0;
  #left = 0;

  constructor(counts: ArrayLike<number>) {
    this.#counts = Uint32Array.from(counts);
    this.#sum = this.#counts.reduce((sum, count) => sum + count);
    this.below = new Uint16Array(counts.length + 1);
    this.#renew();
  }

  #renew(): void {
    const size = this.#counts.length;
    if (this.#sum > MOST_COUNTED) {
      for (let k = 0; k < size; k++) this.#counts[k] -= this.#counts[k] >> 1;
      this.#sum = this.#counts.reduce((sum, count) => sum + count);
    }
    const share = (TOTAL - size) / this.#sum;
    let sum = 0;
    for (let k = 0; k < size; k++) {
      this.below[k] = k + Math.floor(sum * share);
      sum += this.#counts[k];
    }
    this.below[size] = TOTAL;
    this.#left = this.#sum >> 8;
  }

  /** Counts a symbol that was seen. */
  learn(symbol: number): void {
    this.#counts[symbol] += ONE;
    this.#sum += ONE;
    if (this.#left-- === 0) this.#renew();
  }
}

/** The first table of a class of context. */
function tableOf(found: number, measured: readonly number[], { run, prior }: AdaptiveModel): Table {
  const mean = (found % MEAN_CLASSES - MEAN_CLASSES / 2) * UNIT / 4;
  const narrow = NARROW[Math.floor(found / MEAN_CLASSES)];
  const counts: number[] = [];
  for (let last = 0, end = 1 << run; last < 65536; end += 1 << run) {
    const bound = (measured[end - 1] + measured[end] >> 1) - mean;
    const place = Math.min(511, Math.max(0, (bound * narrow + 2048 >> 12) + 256));
    const next = end < measured.length ? LOGISTIC[place] : 65536;
    counts.push(((next - last) << 2 * prior >> 8) + 1);
    last = next;
  }
  return new Table(counts);
}

/** Gives the next symbol, of a table's. */
export type Code = (below: Uint16Array) => number;

/** Goes through values symbol by symbol and gives them back. */
export function adapt(model: AdaptiveModel, layout: Layout, code: Code): Int8Array {
  const { alphabet, run, prior, weights, far } = model;
  const measured = measure(model);
  const context = new Context(layout, weights, far);
  const tables = new Array<Table | undefined>(TABLES);
  const values = new Int8Array(valuesOf(layout));
  for (let i = 0; i < values.length; i++) {
    const found = context.next();
    const table = tables[found] ??= tableOf(found, measured, model);
    let symbol = code(table.below);
    table.learn(symbol);
    if (run) {
      const first = symbol << run;
      const size = Math.min(1 << run, alphabet.length - first);
      const inRun = tables[TABLES - MOST_SYMBOLS + symbol] ??= new Table(
        new Array<number>(size).fill(ONE << 2 * prior),
      );
      const more = code(inRun.below);
      inRun.learn(more);
      symbol = first + more;
    }
    context.learn(measured[symbol]);
    values[i] = alphabet[symbol];
  }
  return values;
}

/**
 * A byte with flags, the number of values less one where they are at most 16, and, from bit 5, the
 * prior; unless it is told by their number the least value; the unit and, from bit 6, which weights; for more values the greatest, or
 * gaps between values in as few bits each as a byte says; nine weights of five bits, 16 more than
 * they are.
 */
function readModel(source: ByteSource): AdaptiveModel {
  const flags = source.uint8();
  const centred = (flags & CENTRED) === CENTRED;
  const least = centred ? leastOf((flags & 15) + 1) : source.int8();
  const measure = source.uint8();
  const unit = measure & 63;
  if (unit > 55) source.fail(`unit ${unit}`);
  const more = flags & WIDE && !centred ? source.int8() - least : flags & 15;
  if (more < 0) source.fail("values that do not rise");
  // What leaves int8 comes back from below, and does not rise then.
  const alphabet: number[] = [];
  for (let k = 0; k <= more; k++) alphabet.push(least + k << 24 >> 24);
  if (flags & GAPS && !centred) {
    const width = source.uint8();
    if (width > 8 || more > 15) source.fail(`${more} gaps of ${width} bits`);
    unpackBits(source, more, width).forEach((gap, k) =>
      alphabet[k + 1] = alphabet[k] + gap << 24 >> 24
    );
  }
  for (let k = 0; k < more; k++) {
    if (alphabet[k] > alphabet[k + 1]) source.fail("values that do not rise");
  }
  const weights = USUAL[measure >> 6] ??
    Array.from(unpackBits(source, MEANS + SPREADS, 5), (weight) => weight - 16);
  return { alphabet, run: runOf(alphabet), unit, weights, far: 0, prior: flags >> 5 & 3 };
}

/** The least of so many values around 0. */
export function leastOf(size: number): number {
  return -(size >> 1);
}

/** The shortest runs of which there are no more than 16. */
export function runOf({ length }: readonly number[]): number {
  return Math.max(0, 28 - Math.clz32(length - 1));
}

/** Decodes a stream; `source` stands behind the model. */
export type Decode = (source: ByteSource, model: AdaptiveModel, layout: Layout) => Int8Array;

/** The model, then words as in `rans`. */
export function adapting(decode: Decode): Unpack {
  return (source, layout) => decode(source, readModel(source), layout);
}

/** Decodes by the definition. */
export const decodeAdaptive: Decode = (source, model, layout) => {
  const word = () => source.uint8() | source.uint8() << 8;
  let [state, other] = source.states;
  const values = adapt(model, layout, (below) => {
    const slot = state & TOTAL - 1;
    let symbol = 0;
    while (below[symbol + 1] <= slot) symbol++;
    const start = below[symbol];
    let next = (below[symbol + 1] - start) * (state >>> 14) + slot - start;
    if (next < LOWEST) next = (next << 16 | word()) >>> 0;
    state = other;
    other = next;
    return symbol;
  });
  source.states.set([state, other]);
  return values;
};

/** Values whose tables are learned. */
export const adaptive: Unpack = /* @__PURE__ */ adapting(decodeAdaptive);
