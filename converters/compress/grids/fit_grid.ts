/**
 * The grid of a layer: which levels, and the best step of every channel, weights taken one by one.
 * @module
 */
import { bestCodebook } from "./codebook.ts";
import { evenGrid, type Grid } from "./grid.ts";
import {
  BINARY,
  type Levels,
  multiplied,
  POWERS_OF_TWO,
  TERNARY,
  uniformLevels,
} from "./levels.ts";
import { residualBinary } from "./residual_binary.ts";
import { searchStep } from "./step_search.ts";
import { binaryStep, ternaryStep } from "./ternary.ts";

/** Which grid. */
export type GridSettings =
  /** Integers `low`…`high`; groups of `group` columns have multipliers of their own (0 for none). */
  | { kind: "uniform"; low: number; high: number; group: number }
  | { kind: "ternary" | "pow2" }
  /** The sum of 1 to 3 binary weights. */
  | { kind: "binary"; bases: number }
  /** `size` values, for the whole tensor or for each channel. */
  | { kind: "codebook"; size: number; perChannel: boolean };

/** Largest multiplier of a group: 15 × 8 still fits int8. */
const LARGEST_MULTIPLIER = 15;
const REACH = 127;

/** Weights of a layer, and what an error of each costs. */
export interface WeightRows {
  /** [channels, depth]. */
  rows: Float64Array;
  depth: number;
  /** Importance of the columns of channel o: the diagonal of its Gram matrix, [depth]. */
  importance(channel: number): ArrayLike<number>;
  /** Smallest step of each channel. */
  floors: Float64Array;
}

/** Fits a grid. */
export function fitGrid(settings: GridSettings, weights: WeightRows): Grid {
  switch (settings.kind) {
    case "uniform": {
      const levels = uniformLevels(settings.low, settings.high);
      const { group } = settings;
      return group > 0 && group < weights.depth
        ? groupedGrid(levels, group, weights)
        : evenGrid(searchedSteps(levels, weights), weights.depth, levels);
    }
    case "ternary":
      return evenGrid(eachStep(weights, ternaryStep), weights.depth, TERNARY);
    case "pow2":
      return evenGrid(searchedSteps(POWERS_OF_TWO, weights), weights.depth, POWERS_OF_TWO);
    case "binary":
      return settings.bases === 1
        ? evenGrid(eachStep(weights, binaryStep), weights.depth, BINARY)
        : residualGrid(settings.bases, weights);
    case "codebook":
      return settings.perChannel
        ? channelCodebooks(settings.size, weights)
        : tensorCodebook(settings.size, weights);
  }
}

function channelsOf({ rows, depth }: WeightRows): number {
  return rows.length / depth;
}

function rowOf({ rows, depth }: WeightRows, channel: number): Float64Array {
  return rows.subarray(channel * depth, (channel + 1) * depth);
}

/** One step a channel by `find`, held to the floors. */
function eachStep(
  weights: WeightRows,
  find: (row: Float64Array, importance: ArrayLike<number>) => number,
): Float64Array {
  return Float64Array.from(
    { length: channelsOf(weights) },
    (_, o) => Math.max(find(rowOf(weights, o), weights.importance(o)), weights.floors[o]),
  );
}

function searchedSteps(levels: Levels, weights: WeightRows): Float64Array {
  return Float64Array.from(
    { length: channelsOf(weights) },
    (_, o) => searchStep(rowOf(weights, o), weights.importance(o), levels, weights.floors[o]).step,
  );
}

/**
 * Groups of columns: q = m·q₀ with q₀ of the base levels and one whole m = 1…15 a group, so that
 * values stay int8 and the sum over all groups one exact int32. The channel's step is the largest
 * step of its groups / 15, m the nearest whole number of these.
 */
function groupedGrid(base: Levels, group: number, weights: WeightRows): Grid {
  const { depth, floors } = weights;
  const groups = Math.ceil(depth / group);
  const channels = channelsOf(weights);
  const multiples = Array.from(
    { length: LARGEST_MULTIPLIER },
    (_, i) => multiplied(base, i + 1),
  );
  const grid: Grid = { steps: new Float64Array(channels), group, levels: [] };
  for (let o = 0; o < channels; o++) {
    const row = rowOf(weights, o);
    const importance = Float64Array.from(weights.importance(o));
    const steps = Array.from({ length: groups }, (_, g) => {
      const [from, to] = [g * group, (g + 1) * group];
      return searchStep(row.subarray(from, to), importance.subarray(from, to), base).step;
    });
    // A group of zeros has no step of its own.
    const used = steps.filter((_, g) => row.subarray(g * group, (g + 1) * group).some(Boolean));
    const widest = used.reduce((most, step) => Math.max(most, step), 0);
    grid.steps[o] = Math.max(widest / LARGEST_MULTIPLIER || 1, floors[o]);
    for (const step of steps) {
      const m = Math.round(step / grid.steps[o]);
      grid.levels.push(multiples[Math.max(1, Math.min(LARGEST_MULTIPLIER, m)) - 1]);
    }
  }
  return grid;
}

function residualGrid(bases: number, weights: WeightRows): Grid {
  const found = Array.from(
    { length: channelsOf(weights) },
    (_, o) => residualBinary(rowOf(weights, o), weights.importance(o), bases),
  );
  return {
    steps: Float64Array.from(found, ({ step }, o) => Math.max(step, weights.floors[o])),
    group: weights.depth,
    levels: found.map(({ levels }) => levels),
  };
}

function channelCodebooks(size: number, weights: WeightRows): Grid {
  const steps = eachStep(weights, (row) => largest(row) / REACH || 1);
  const levels = Array.from(steps, (step, o) => {
    const values = rowOf(weights, o).map((value) => value / step);
    return bestCodebook(values, weights.importance(o), size);
  });
  return { steps, group: weights.depth, levels };
}

/**
 * One codebook for all channels, which are first brought to the same root mean square: steps are in
 * proportion to it, and none clips.
 */
function tensorCodebook(size: number, weights: WeightRows): Grid {
  const { rows, depth } = weights;
  const norms = eachStep(
    weights,
    (row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / depth) || 1,
  );
  const peak = rows.reduce(
    (most, value, i) => Math.max(most, Math.abs(value) / norms[Math.floor(i / depth)]),
    0,
  );
  const steps = norms.map((norm, o) => Math.max(norm * peak / REACH || 1, weights.floors[o]));
  const values = rows.map((value, i) => value / steps[Math.floor(i / depth)]);
  const importance = new Float64Array(rows.length);
  for (let o = 0; o < steps.length; o++) {
    const own = weights.importance(o);
    for (let k = 0; k < depth; k++) importance[o * depth + k] = own[k] * steps[o] ** 2;
  }
  return evenGrid(steps, depth, bestCodebook(values, importance, size));
}

function largest(row: Float64Array): number {
  return row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
