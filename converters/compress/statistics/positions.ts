/**
 * Which output positions of a layer are looked at.
 * @module
 */
import { seededRandom } from "../../data/mod.ts";

/** Columns that a layer's moments are taken over, at least, where there are so many. */
const FEWEST = 4096;
/** Columns for each element of a column. */
const PER_ELEMENT = 16;
/** Columns at most. */
const MOST = 16384;

/** How many positions of each sample are looked at. */
export function positionsPerSample(depth: number, positions: number, samples: number): number {
  const wanted = Math.min(MOST, Math.max(FEWEST, PER_ELEMENT * depth));
  return Math.min(positions, Math.ceil(wanted / samples));
}

/**
 * `wanted` of `positions`, without repetition, ascending (Knuth, "The Art of Computer Programming",
 * vol. 2, §3.4.2, algorithm S). The same for the same arguments.
 */
export function samplePositions(positions: number, wanted: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  const chosen = new Int32Array(wanted);
  let found = 0;
  for (let i = 0; found < wanted; i++) {
    if ((positions - i) * random() < wanted - found) chosen[found++] = i;
  }
  return chosen;
}
