/**
 * `adaptive` with its model in few bits, which stand in front of the symbols in the same code: layers of
 * some hundred weights take as much for a model of bytes as contexts save.
 *
 * Numbers that are mostly small are Golomb–Rice codes (Rice and Plaunt 1971, "Adaptive Variable-Length
 * Coding for Efficient Compression of Spacecraft Television Data", doi:10.1109/TCOM.1971.1090789) of how
 * far they are from what is usual.
 * @module
 */
import {
  type AdaptiveModel,
  type Decode,
  decodeAdaptive,
  leastOf,
  runOf,
  USUAL,
} from "./adaptive.ts";
import { scaleOf, TOTAL } from "./distribution.ts";
import { type ByteSource, type Layout, LOWEST, type Unpack } from "./unpack.ts";

/** Weights of `Context` as they are about, in 1/16, and what tells them apart from the others. */
export const ABOUT: readonly number[] = [7, 7, -3, -1, 0, 5, 3, 4, 1];
/** What a window of one value has no use for: left, above left, above right. */
const OF_WINDOWS: readonly number[] = [0, 2, 3];
/** Low bits of codes of weights, of the unit, of the middle of an alphabet. */
export const WEIGHT_BITS = 2;
export const UNIT_BITS = 1;
export const MIDDLE_BITS = 3;
/** The first gap of an alphabet is about this. */
export const FIRST_GAP = 20;
/** Windows that are higher have places so many lines above. */
export const LOW_WINDOW = 3;
/** Longest code of a number, less its low bits. */
const LONGEST = 63;

/** Whether a stream that holds weights holds this one; else it is 0. */
export function isHeld(k: number, { height, width }: Layout): boolean {
  return height * width > 1 || !OF_WINDOWS.includes(k);
}

/** The unit that is usual for values: a fifth of their range. */
export function usualUnit(alphabet: readonly number[]): number {
  const range = alphabet[alphabet.length - 1] - alphabet[0] + 1;
  let unit = 0;
  while (5 * scaleOf(2 * unit) < range) unit++;
  return unit;
}

/** What the next gap is about: the one before, and the one that mirrors it where that is known. */
export function usualGap(gaps: ArrayLike<number>, k: number, count: number): number {
  if (k === 0) return FIRST_GAP;
  const mirrored = count - 1 - k;
  return mirrored < k ? gaps[mirrored] + gaps[k - 1] + 1 >> 1 : gaps[k - 1];
}

/** Whole numbers out of the code of a source. */
class Numbers {
  #state: number;
  #other: number;

  constructor(readonly source: ByteSource) {
    [this.#state, this.#other] = source.states;
  }

  /** The next of so many bits. */
  next(bits: number): number {
    const size = TOTAL >> bits;
    const slot = this.#state & TOTAL - 1;
    let state = size * (this.#state >>> 14) + (slot & size - 1);
    if (state < LOWEST) {
      state = (state << 16 | this.source.uint8() | this.source.uint8() << 8) >>> 0;
    }
    this.#state = this.#other;
    this.#other = state;
    return slot >> 14 - bits;
  }

  /** The next around 0, in the order 0, −1, 1, −2 …: ones and a zero, then so many low bits. */
  signed(bits: number): number {
    let high = 0;
    while (this.next(1)) if (++high > LONGEST) this.source.fail("a long number");
    const folded = high << bits | this.next(bits);
    return folded & 1 ? ~(folded >> 1) : folded >> 1;
  }

  /** Leaves the states to what comes next. */
  end(): void {
    this.source.states.set([this.#state, this.#other]);
  }
}

/** 1 and how many values there are around 0; or 0, 0 and the least, how many; or 0, 1 and gaps. */
function readAlphabet(numbers: Numbers): number[] {
  if (numbers.next(1)) {
    const size = numbers.next(4) + 1;
    return rising(leastOf(size), size);
  }
  const alphabet = numbers.next(1)
    ? readGaps(numbers)
    : rising(numbers.next(8) - 128, numbers.next(8) + 1);
  if (alphabet[0] < -128 || alphabet[alphabet.length - 1] > 127) {
    numbers.source.fail("values that do not rise");
  }
  return alphabet;
}

/** So many values, one after the other. */
function rising(least: number, size: number): number[] {
  const values = new Array<number>(size);
  for (let k = 0; k < size; k++) values[k] = least + k;
  return values;
}

/** How many gaps, their low bits, the gaps, and where the middle is. */
function readGaps(numbers: Numbers): number[] {
  const count = numbers.next(4);
  const bits = numbers.next(2);
  const gaps: number[] = [];
  for (let k = 0; k < count; k++) gaps.push(usualGap(gaps, k, count) + numbers.signed(bits));
  if (gaps.some((gap) => gap < 1)) numbers.source.fail("values that do not rise");
  const values = [numbers.signed(MIDDLE_BITS) - (gaps.reduce((sum, gap) => sum + gap, 0) >> 1)];
  for (const gap of gaps) values.push(values[values.length - 1] + gap);
  return values;
}

/**
 * Two bits of the prior; the alphabet; the unit less what is usual; two bits for which weights; for those
 * of its own two more in high windows, for 0, 2, 3 or 4 lines above, then each weight less what it
 * is about.
 */
function readModel(source: ByteSource, layout: Layout): AdaptiveModel {
  const numbers = new Numbers(source);
  const prior = numbers.next(2);
  const alphabet = readAlphabet(numbers);
  const unit = usualUnit(alphabet) + numbers.signed(UNIT_BITS);
  if (unit < 0 || unit > 55) source.fail(`unit ${unit}`);
  const model = { alphabet, run: runOf(alphabet), unit, far: 0, prior };
  const usual = USUAL[numbers.next(2)];
  if (usual) {
    numbers.end();
    return { ...model, weights: usual };
  }
  const lines = layout.height > LOW_WINDOW ? numbers.next(2) : 0;
  const weights = new Array<number>(ABOUT.length).fill(0);
  for (let k = 0; k < weights.length; k++) {
    if (!isHeld(k, layout)) continue;
    weights[k] = ABOUT[k] + numbers.signed(WEIGHT_BITS);
    if (Math.abs(weights[k]) > 16) source.fail(`weight ${weights[k]}`);
  }
  numbers.end();
  return { ...model, weights, far: lines && lines + 1 };
}

/** The model, then words as in `rans`. */
export function concisely(decode: Decode): Unpack {
  return (source, layout) => decode(source, readModel(source, layout), layout);
}

/** Values whose tables are learned, with a model in few bits. */
export const concise: Unpack = /* @__PURE__ */ concisely(decodeAdaptive);
