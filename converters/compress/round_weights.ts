/**
 * Weights on their grid, each by itself: what needs no samples.
 * @module
 */
import { commonStep } from "./common_step.ts";
import {
  evenGrid,
  fitGrid,
  type GridSettings,
  nearestIntegers,
  powerOfTwoSteps,
  uniformLevels,
  type WeightRows,
} from "./grids/mod.ts";
import { type QuantizedWeights, quantizeWeights } from "./quantize_weights.ts";
import { fromRows, weightRows } from "./statistics/mod.ts";
import { storableSteps } from "./storable_steps.ts";
import type { Weights } from "./weighted.ts";

/**
 * Symmetric integers (`weightBits`) by the largest weight of each channel, or by the step that the
 * weights already have; all other grids by the least squared error.
 * @param floors smallest step of each channel.
 * @param powersOfTwo whether steps are powers of two.
 */
export function roundWeights(
  weights: Weights,
  grid: GridSettings,
  floors: Float64Array,
  powersOfTwo = false,
): QuantizedWeights {
  const { data, shape, axis, depth } = weights;
  const rows = weightRows(weights);
  const even = new Float64Array(depth).fill(1);
  const all = { rows, depth, floors, importance: () => even };
  const symmetric = grid.kind === "uniform" && grid.low === -grid.high;
  if (symmetric && !powersOfTwo) {
    const common = commonStep(data, grid.high) ?? 0;
    const least = floors.map((floor) => Math.max(floor, common));
    return quantizeWeights(data, shape, axis, grid.high, least);
  }
  const free = symmetric
    ? evenGrid(widestSteps(all, grid.high), depth, uniformLevels(grid.low, grid.high))
    : fitGrid(grid, all);
  const fitted = powersOfTwo ? powerOfTwoSteps(free, all) : free;
  const { steps, quantization } = storableSteps(fitted.steps, axis, floors);
  const integers = nearestIntegers({ ...fitted, steps }, rows, depth);
  const scales = Float32Array.from(steps);
  return { data: fromRows(integers, weights), quantization, scales };
}

/** Steps that clip nothing. */
function widestSteps({ rows, depth, floors }: WeightRows, limit: number): Float64Array {
  return floors.map((floor, o) => {
    const row = rows.subarray(o * depth, (o + 1) * depth);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return Math.max(largest / limit, floor) || 1 / limit;
  });
}
