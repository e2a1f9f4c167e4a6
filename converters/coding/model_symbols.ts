/**
 * The model of a stream in few bits, the other side of runtime/format/unpack/concise.ts.
 * @module
 */
import {
  type AdaptiveModel,
  leastOf,
  MOST_SYMBOLS,
  USUAL,
} from "../../runtime/format/unpack/adaptive.ts";
import {
  ABOUT,
  isHeld,
  LOW_WINDOW,
  MIDDLE_BITS,
  UNIT_BITS,
  usualGap,
  usualUnit,
  WEIGHT_BITS,
} from "../../runtime/format/unpack/concise.ts";
import { TOTAL } from "../../runtime/format/unpack/distribution.ts";
import type { Layout } from "../../runtime/format/unpack/unpack.ts";

/** A whole number and in how many bits it stands. */
type Digits = readonly [value: number, bits: number];

/** The model as whole numbers of up to 14 bits. */
function digitsOf(
  { alphabet, unit, weights, far, prior }: AdaptiveModel,
  layout: Layout,
): Digits[] {
  const usual = USUAL.indexOf(weights);
  const lines: Digits[] = layout.height > LOW_WINDOW ? [[far && far - 1, 2]] : [];
  return [
    [prior, 2],
    ...alphabetDigits(alphabet),
    ...signed(unit - usualUnit(alphabet), UNIT_BITS),
    [usual < 0 ? USUAL.length : usual, 2],
    ...usual < 0
      ? [
        ...lines,
        ...ABOUT.flatMap((about, k) =>
          isHeld(k, layout) ? signed(weights[k] - about, WEIGHT_BITS) : []
        ),
      ]
      : [],
  ];
}

function alphabetDigits(alphabet: readonly number[]): Digits[] {
  const more = alphabet.length - 1;
  const [least] = alphabet;
  const gaps = alphabet.slice(1).map((value, k) => value - alphabet[k]);
  if (gaps.some((gap) => gap > 1)) {
    const off = gaps.map((gap, k) => gap - usualGap(gaps, k, more));
    const middle = least + (alphabet[more] - least >> 1);
    const coded = [0, 1, 2, 3].map((bits): Digits[] => [
      ...[[0, 1], [1, 1], [more, 4], [bits, 2]] as const,
      ...off.flatMap((gap) => signed(gap, bits)),
    ]);
    const shortest = coded.reduce((a, b) => bitsOf(b) < bitsOf(a) ? b : a);
    return [...shortest, ...signed(middle, MIDDLE_BITS)];
  }
  return more < MOST_SYMBOLS && least === leastOf(more + 1)
    ? [[1, 1], [more, 4]]
    : [[0, 1], [0, 1], [least + 128, 8], [more, 8]];
}

/** 0, −1, 1, −2 … */
function signed(value: number, bits: number): Digits[] {
  const folded = value < 0 ? 2 * ~value + 1 : 2 * value;
  const high = new Array<Digits>(folded >> bits).fill([1, 1]);
  return [...high, [0, 1], [folded & (1 << bits) - 1, bits]];
}

const bitsOf = (digits: readonly Digits[]) => digits.reduce((sum, [, bits]) => sum + bits, 0);

/** Bits of the model of a stream. */
export function modelBits(model: AdaptiveModel, layout: Layout): number {
  return bitsOf(digitsOf(model, layout));
}

/** The model as symbols of rANS: where the slots of each begin, and how many they are. */
export function modelSymbols(
  model: AdaptiveModel,
  layout: Layout,
): { starts: number[]; sizes: number[] } {
  const digits = digitsOf(model, layout);
  return {
    starts: digits.map(([value, bits]) => value * (TOTAL >> bits)),
    sizes: digits.map(([, bits]) => TOTAL >> bits),
  };
}
