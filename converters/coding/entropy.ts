/**
 * Entropy coding of int8 values: of the models of what they are like, the one that costs least.
 * @module
 */
import { MOST_SYMBOLS } from "../../runtime/format/unpack/adaptive.ts";
import { adaptiveStream } from "./adaptive.ts";
import { fixed } from "./fixed.ts";
import { parametricStream } from "./parametric.ts";
import { shortest } from "./stream.ts";
import type { Encode } from "./tables.ts";

/** Fewer values than this are not worth a model. */
const FEWEST = 24;

/** Above 16 different values, learned tables take twice as long as rANS by parameters: they have to save this. */
const LEAST_SAVING = 1 / 64;

/** The shortest of fixed widths, rANS by parameters, rANS with learned tables. */
export const entropy: Encode = (values, layout) => {
  const plain = fixed(values);
  if (values.length < FEWEST || plain.size < FEWEST / 2) return plain;
  const adaptive = adaptiveStream(values, layout);
  if (new Set(values).size <= MOST_SYMBOLS) return shortest([plain, adaptive]);
  const best = shortest([plain, parametricStream(values, layout)]);
  return adaptive.size < best.size * (1 - LEAST_SAVING) ? adaptive : best;
};
