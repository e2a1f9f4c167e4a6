/**
 * The static proof that no integer accumulator overflows (DESIGN.md §3).
 * @module
 */

/** Accumulators stay below this in magnitude. */
const INT32_END = 2 ** 31;
/** Largest magnitude of a weight times an activation less its zero point. */
const LARGEST_PRODUCT = 128 * 255;
/** Steps that a bias has at least: as many as float32, into which accumulators are rounded. */
const FEWEST = 2 ** 24;

/**
 * The largest bias, in steps, beside which `depth` products cannot leave int32:
 * depth · 128 · 255 + |bias| < 2³¹, which is what the reader holds every file to. At most half of
 * int32, which is plenty.
 * @returns null where so many products leave too little room: such a layer has no integer form.
 */
export function largestBias(depth: number): number | null {
  const room = INT32_END - 1 - depth * LARGEST_PRODUCT;
  return room < FEWEST ? null : Math.min(room, INT32_END / 2);
}
