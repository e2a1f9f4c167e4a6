/**
 * Adaptive binary coding with context, like CABAC's and DeepCABAC's (Marpe, Schwarz, Wiegand 2003,
 * doi:10.1109/TCSVT.2003.815173; Wiedemann et al. 2019, arXiv:1907.11900): each value as binary
 * decisions, whose probabilities are learned on the way at two rates, in the context of what its
 * neighbours foretell and how large the last two values were.
 * @module
 */
import { gridOf, predict } from "./predict.ts";
import { type Model, readClasses } from "./rans.ts";
import { BinaryDecoder } from "./binary.ts";
import { type ByteSource, type Layout, type Unpack, valuesOf } from "./unpack.ts";

/** Contexts of one class: 3 for zero or not, 3 of signs, then by sign 8 of lengths, 64 of digits. */
const SIGN = 3;
const LENGTH = 6;
const DIGITS = 22;

/** Contexts of a class. */
export const CONTEXTS = 256;

/** Codes or decodes one decision; a context of −1 is one half, for good. */
export type Decide = (context: number, bit: number) => number;

/**
 * Goes through values decision by decision: whether it is 0; its sign; how many binary digits its
 * magnitude has; those digits behind the first, of which two are learned. An encoder's `decide`
 * gives back the bit it is given; a decoder's gives the true one, and values are filled in.
 */
export function decisions(
  values: Int8Array,
  layout: Layout,
  { weights, classes }: Omit<Model, "frequencies">,
  decide: Decide,
): void {
  let last = 0;
  let before = 0;
  predict(values, gridOf(layout), weights, (i, prediction) => {
    const first = (classes[prediction + classes.length / 2] & 255) * CONTEXTS;
    const near = Math.min(2, last + before);
    const value = values[i];
    const given = Math.abs(value);
    let magnitude = 0;
    let negative = 0;
    if (decide(first + near, Number(value !== 0))) {
      negative = decide(first + SIGN + near, Number(value < 0));
      const signed = first + LENGTH + negative * 8;
      const length = 32 - Math.clz32(given);
      let digits = 1;
      while (digits < 8 && decide(signed + digits, Number(digits < length))) digits++;
      magnitude = 1;
      const own = first + DIGITS + negative * 64 + digits * 4;
      for (let digit = digits - 2; digit >= 0; digit--) {
        const context = magnitude < 4 ? own + magnitude : -1;
        magnitude = magnitude * 2 + decide(context, given >> digit & 1);
      }
    }
    values[i] = negative ? -magnitude : magnitude;
    before = last;
    last = Math.min(2, magnitude);
  });
}

/** Decodes a stream; `source` stands behind the classes. */
export type Decode = (
  source: ByteSource,
  classes: ReturnType<typeof readClasses>,
  layout: Layout,
) => Int8Array;

/** The classes of predictions, then decisions up to the end. */
export function adapting(decode: Decode): Unpack {
  return (source, layout) => decode(source, readClasses(source), layout);
}

/** Values by decisions whose probabilities are learned. */
export const adaptive: Unpack = adapting((source, classes, layout) => {
  const values = new Int8Array(valuesOf(layout));
  const decoder = new BinaryDecoder(source, classes.count * CONTEXTS);
  decisions(values, layout, classes, (context) => decoder.decide(context));
  decoder.end();
  return values;
});
