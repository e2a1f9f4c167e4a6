/**
 * Weights on their grid, each by itself: what needs no samples.
 * @module
 */
import { fitGrid, type GridSettings, nearestIntegers } from "./grids/mod.ts";
import { type QuantizedWeights, quantizeWeights } from "./quantize_weights.ts";
import { fromRows, weightRows } from "./statistics/mod.ts";
import { storableSteps } from "./storable_steps.ts";
import type { Weights } from "./weighted.ts";

/**
 * Symmetric integers (`weightBits`) by the largest weight of each channel, all other grids by the
 * least squared error.
 * @param floors smallest step of each channel.
 */
export function roundWeights(
  weights: Weights,
  grid: GridSettings,
  floors: Float64Array,
): QuantizedWeights {
  const { data, shape, axis, depth } = weights;
  if (grid.kind === "uniform" && grid.low === -grid.high) {
    return quantizeWeights(data, shape, axis, grid.high, floors);
  }
  const rows = weightRows(weights);
  const even = new Float64Array(depth).fill(1);
  const fitted = fitGrid(grid, { rows, depth, floors, importance: () => even });
  const { steps, quantization } = storableSteps(fitted.steps, axis, floors);
  const integers = nearestIntegers({ ...fitted, steps }, rows, depth);
  const scales = Float32Array.from(steps);
  return { data: fromRows(integers, weights), quantization, scales };
}
