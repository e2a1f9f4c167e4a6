/**
 * How values lean on their neighbours: least squares.
 * @module
 */
import { gridOf, predict, UNPREDICTED, type Weights } from "../../runtime/format/unpack/predict.ts";
import type { Layout } from "../../runtime/format/unpack/unpack.ts";
import { leastSquares } from "./least_squares.ts";

/** Weights of a prediction are whole 1/32, in int8. */
const UNIT = 32;

/**
 * The weights that make the sum of squared errors least, rounded; null where they are all 0 or
 * explain less than 1/500 of the squares.
 */
export function fitPrediction(values: Int8Array, layout: Layout): Weights | null {
  const { planes, height, width, depth } = gridOf(layout);
  if (height * width === 1) return null;
  const line = width * depth;
  const products = new Float64Array(16);
  const targets = new Float64Array(4);
  const near = new Float64Array(4);
  let squares = 0;
  let i = 0;
  for (let row = 0; row < planes * height; row++) {
    const below = row % height > 0;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < depth; c++, i++) {
        near[0] = x ? values[i - depth] : 0;
        near[1] = below ? values[i - line] : 0;
        near[2] = below && x ? values[i - line - depth] : 0;
        near[3] = below && x < width - 1 ? values[i - line + depth] : 0;
        squares += values[i] * values[i];
        for (let a = 0; a < 4; a++) {
          targets[a] += near[a] * values[i];
          for (let b = 0; b <= a; b++) products[a * 4 + b] += near[a] * near[b];
        }
      }
    }
  }
  const solved = leastSquares(products, targets, squares * 1e-4 + 1e-9);
  const weights = Array.from(solved, (weight) => {
    return Math.min(127, Math.max(-128, Math.round(weight * UNIT)));
  }) as unknown as Weights;
  const explained = solved.reduce((sum, weight, a) => sum + weight * targets[a], 0);
  const useless = weights.every((weight) => weight === 0) || explained < squares / 500;
  return useless ? null : weights;
}

/** Predictions of all values, −2048…2047, in 1/32. */
export function predictions(
  values: Int8Array,
  layout: Layout,
  weights: Weights | null,
): Int16Array {
  const found = new Int16Array(values.length);
  if (!weights) return found;
  predict(values, gridOf(layout), weights ?? UNPREDICTED, (i, prediction) => {
    found[i] = prediction;
  });
  return found;
}
