/**
 * Weights that become zero together.
 * @module
 */
import type { PruningPlan } from "../../recipe/mod.ts";
import type { Norm } from "./channel_importance.ts";

/** Scores of blocks and which block every weight is in. */
export interface Units {
  /** One for each block. */
  scores: Float64Array;
  /** Block of each weight, row-major as the weights are. */
  of: Uint32Array;
}

/**
 * Blocks of outputs × inputs with Σ|s| / n or √(Σs² / n) of their weights' scores; at the edges they
 * are smaller. For single weights |w| and w² rank alike, so there the norm makes no difference.
 * @param scores rows [outputs, depth].
 */
export function blockUnits(
  scores: Float64Array,
  depth: number,
  { outputs, inputs }: PruningPlan["block"],
  norm: Norm,
): Units {
  const across = Math.ceil(depth / inputs);
  const of = Uint32Array.from(scores, (_, i) => {
    const [row, column] = [Math.floor(i / depth), i % depth];
    return Math.floor(row / outputs) * across + Math.floor(column / inputs);
  });
  const blocks = across * Math.ceil(scores.length / depth / outputs);
  const [sums, counts] = [new Float64Array(blocks), new Float64Array(blocks)];
  scores.forEach((score, i) => {
    sums[of[i]] += norm === "l1" ? score : score * score;
    counts[of[i]]++;
  });
  const means = sums.map((sum, i) => sum / counts[i]);
  return { scores: norm === "l1" ? means : means.map(Math.sqrt), of };
}

/**
 * Which weights go so that of every `of` in a row the `keep` with the largest scores stay (Mishra et
 * al. 2021, "Accelerating Sparse Deep Neural Networks", arXiv:2104.08378, §3, for 2:4). What is left
 * at the end of a row keeps as many. Of ties the first stay.
 * @param scores rows [outputs, depth].
 */
export function patternMask(
  scores: Float64Array,
  depth: number,
  { keep, of }: NonNullable<PruningPlan["pattern"]>,
): boolean[] {
  const goes = new Array<boolean>(scores.length).fill(false);
  for (let row = 0; row < scores.length; row += depth) {
    for (let first = 0; first < depth; first += of) {
      const end = Math.min(first + of, depth);
      const places = Array.from({ length: end - first }, (_, i) => row + first + i);
      places.sort((a, b) => scores[b] - scores[a] || a - b);
      for (const place of places.slice(keep)) goes[place] = true;
    }
  }
  return goes;
}
