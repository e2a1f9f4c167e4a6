/**
 * Rounding one block of channels as a problem of least squares: integers q and steps s are sought
 * for which (t − s·q)·H·(t − s·q)ᵀ is small in every row t of the target.
 * @module
 */
import { cholesky, solveRows } from "../../numeric/mod.ts";
import type { Moments } from "../statistics/mod.ts";

/**
 * λ as a share of the mean of H's diagonal: 1% (Frantar et al. 2022, GPTQ, §3.3), or as many times
 * as there are elements for each column where columns are few, as H is known that badly then.
 */
export function dampingOf({ depth, count }: Pick<Moments, "depth" | "count">): number {
  return Math.max(0.01, depth / count);
}

/** Variances smaller than this share of the mean square are what rounding to float32 leaves of 0. */
const ROUNDED = 2 ** -22;

/** H of one block, with what is needed to aim at the float model's outputs. */
export interface Quadratic {
  depth: number;
  /** H + λI [depth, depth]. */
  gram: Float64Array;
  /** C + λI [depth, depth]. */
  cross: Float64Array;
}

/**
 * H and C of one block, damped. With the bias free to take up the mean, what counts are the
 * products of deviations from the means: H − μ̂μ̂ᵀ and C − μμ̂ᵀ.
 * @param centred whether means are taken off.
 */
export function quadraticOf(moments: Moments, block: number, centred: boolean): Quadratic {
  const { depth } = moments;
  const from = block * depth * depth;
  const gram = Float64Array.from(moments.gram.subarray(from, from + depth * depth));
  const cross = Float64Array.from(moments.cross.subarray(from, from + depth * depth));
  const mean = moments.mean.subarray(block * depth, (block + 1) * depth);
  const original = moments.originalMean.subarray(block * depth, (block + 1) * depth);
  let [power, trace] = [0, 0];
  for (let i = 0; i < depth; i++) {
    power += gram[i * depth + i];
    if (centred) {
      for (let j = 0; j < depth; j++) {
        gram[i * depth + j] -= mean[i] * mean[j];
        cross[i * depth + j] -= original[i] * mean[j];
      }
    }
    trace += gram[i * depth + i];
  }
  // Where nothing varies, all that is left is to stay near the weights.
  const constant = trace <= ROUNDED * power;
  if (constant) [gram, cross].forEach((matrix) => matrix.fill(0));
  const lambda = constant ? 1 : dampingOf(moments) * trace / depth;
  for (let i = 0; i < depth; i++) {
    gram[i * depth + i] += lambda;
    cross[i * depth + i] += lambda;
  }
  return { depth, gram, cross };
}

/**
 * The float weights that give, on compressed inputs, most nearly the outputs that `rows` give on
 * the float model's: W* = W(C + λI)(H + λI)⁻¹, the minimum of ‖WX − ŴX̂‖² + λ‖W − Ŵ‖² (Li et al.
 * 2025, "GPTAQ", arXiv:2504.02692). Rounding W* by H alone then aims at the float outputs.
 * @param rows W [channels of the block, depth].
 * @returns null where H is not positive definite.
 */
export function asymmetricTarget(
  { depth, gram, cross }: Quadratic,
  rows: Float64Array,
): Float64Array | null {
  const lower = cholesky(gram, depth);
  if (!lower) return null;
  const target = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += depth) {
    const sum = target.subarray(at, at + depth);
    for (let i = 0; i < depth; i++) {
      const w = rows[at + i];
      if (w === 0) continue;
      const from = i * depth;
      for (let j = 0; j < depth; j++) sum[j] += w * cross[from + j];
    }
  }
  solveRows(lower, depth, target);
  return target;
}

/** (t − s·q)·H·(t − s·q)ᵀ of every row. */
export function quadraticErrors(
  { depth, gram }: Pick<Quadratic, "depth" | "gram">,
  target: Float64Array,
  integers: Int8Array,
  steps: Float64Array,
): Float64Array {
  const error = new Float64Array(depth);
  return steps.map((step, o) => {
    for (let i = 0; i < depth; i++) {
      error[i] = target[o * depth + i] - step * integers[o * depth + i];
    }
    let total = 0;
    for (let i = 0; i < depth; i++) {
      const from = i * depth;
      let sum = 0;
      for (let j = 0; j < depth; j++) sum += gram[from + j] * error[j];
      total += error[i] * sum;
    }
    return total;
  });
}
