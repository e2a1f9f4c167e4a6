/**
 * How much single weights matter.
 * @module
 */
import type { Moments } from "../statistics/mod.ts";

/** |w|: what is near zero changes least by becoming zero (LeCun et al. 1989 has what came before). */
export function magnitudeScores(weights: Float64Array): Float64Array {
  return weights.map(Math.abs);
}

/**
 * |w_ij|·√E[x_j²]: how far an output moves without the weight (Sun et al. 2023, "A Simple and
 * Effective Pruning Approach for Large Language Models", arXiv:2306.11695, eq. 1).
 * @param weights rows [outputs, depth].
 */
export function wandaScores(weights: Float64Array, moments: Moments): Float64Array {
  const { blocks, depth, diagonal, gram } = moments;
  const perBlock = weights.length / depth / blocks;
  return weights.map((w, i) => {
    const column = Math.floor(i / depth / perBlock) * depth + i % depth;
    const square = diagonal ? gram[column] : gram[column * depth + i % depth];
    return Math.abs(w) * Math.sqrt(Math.max(0, square));
  });
}

/**
 * w² / Σ v² over all v of the layer with |v| ≥ |w|: magnitude so that layers compare, and a layer's
 * largest weight always has 1 (Lee et al. 2021, "Layer-adaptive Sparsity for the Magnitude-based
 * Pruning", arXiv:2010.07611, eq. 3). Of equal scores the one with the lower index counts as smaller.
 * @param scores |w|, or any other importance that is like it.
 */
export function lampScores(scores: Float64Array): Float64Array {
  const order = ascending(scores);
  const lamp = new Float64Array(scores.length);
  let above = 0;
  for (const i of order.reverse()) {
    above += scores[i] ** 2;
    lamp[i] = above > 0 ? scores[i] ** 2 / above : 0;
  }
  return lamp;
}

/** Scores over their root mean square, so that layers compare. */
export function normalizedScores(scores: Float64Array): Float64Array {
  const size = Math.sqrt(scores.reduce((sum, score) => sum + score * score, 0) / scores.length);
  return size > 0 ? scores.map((score) => score / size) : scores;
}

/** Indices from the least score to the largest; ties by index, so that every choice is exact. */
export function ascending(scores: Float64Array): Uint32Array {
  return Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b] || a - b);
}
