/**
 * Rounds one layer by several methods and keeps that which is best on held-out columns.
 * @module
 */
import { fitGrid, type Grid, type GridSettings, nearestIntegers } from "../grids/mod.ts";
import type { Moments } from "../statistics/mod.ts";
import { type StorableSteps, storableSteps } from "../storable_steps.ts";
import { coordinateDescent } from "./coordinate_descent.ts";
import { gptq } from "./gptq.ts";
import { type Linear, outputErrors, outputVariances } from "./output_error.ts";
import { asymmetricTarget, type Quadratic, quadraticOf } from "./problem.ts";
import { refitSteps } from "./refit_steps.ts";
import { RowGrid } from "./row_grid.ts";

/** How weights are rounded. */
export type Rounding = "auto" | "nearest" | "gptq" | "cd";

/** A float layer, what its inputs are like, and what is wanted. */
export interface FloatLayer extends Linear {
  depth: number;
  /** Channel axis of the weights' tensor. */
  axis: number;
  fit: Moments;
  held: Moments;
  grid: GridSettings;
  round: Rounding;
  /** Whether the bias may change. */
  correctBias: boolean;
  /** Smallest step of each channel. */
  floors: Float64Array;
}

/** Integers, steps and bias, and how well they do. */
export interface RecoveredLayer extends StorableSteps {
  /** [channels, depth]. */
  integers: Int8Array;
  bias: Float64Array;
  /** What was chosen. */
  method: string;
  /** Mean squared error on held-out columns over the output's variance. */
  error: number;
  /** The same of every method that was tried, by its name. */
  tried: Record<string, number>;
}

/** Alternations of steps and integers. */
const PASSES = 3;

/** One way to round. */
interface Attempt {
  /** Rounds the target W* instead of W. */
  asymmetric: boolean;
  start: "nearest" | "gptq";
  descend: boolean;
}

const ATTEMPTS: Record<Rounding, Record<string, Attempt>> = {
  nearest: { nearest: { asymmetric: false, start: "nearest", descend: false } },
  gptq: { gptq: { asymmetric: true, start: "gptq", descend: false } },
  cd: { cd: { asymmetric: true, start: "nearest", descend: true } },
  auto: {
    "nearest": { asymmetric: false, start: "nearest", descend: false },
    "gptq+cd": { asymmetric: false, start: "gptq", descend: true },
    "gptq+cd to float outputs": { asymmetric: true, start: "gptq", descend: true },
  },
};

/** Recovers a layer. */
export function recoverLayer(layer: FloatLayer): RecoveredLayer {
  const { held, rows, bias, fit, correctBias } = layer;
  const blocks = fit.diagonal
    ? []
    : Array.from({ length: fit.blocks }, (_, block) => quadraticOf(fit, block, correctBias));
  const variance = total(outputVariances(held, layer)) || 1;
  const tried: Record<string, number> = {};
  let best: RecoveredLayer | null = null;
  for (const [method, attempt] of Object.entries(ATTEMPTS[layer.round])) {
    const { integers, stored } = round(layer, blocks, attempt);
    const values = Float64Array.from(
      integers,
      (q, i) => q * stored.steps[Math.floor(i / layer.depth)],
    );
    for (const corrected of correctBias ? [true, false] : [false]) {
      const to: Linear = {
        rows: values,
        bias: corrected ? correctedBias(layer, values) : bias,
      };
      const error = total(outputErrors(held, { rows, bias }, to)) / variance;
      const name = corrected || !correctBias ? method : `${method}, bias as it was`;
      tried[name] = error;
      if (!best || error < best.error) {
        best = { ...stored, integers, bias: to.bias, method: name, error, tried };
      }
    }
  }
  return best!;
}

/** b̂ = b + W·E[x] − Ŵ·E[x̂]: outputs keep their means (Nagel et al. 2019, arXiv:1906.04721, §4.2). */
function correctedBias({ rows, bias, depth, fit }: FloatLayer, values: Float64Array): Float64Array {
  return bias.map((value, o) => {
    const mean = Math.floor(o * fit.blocks / bias.length) * depth;
    let shift = 0;
    for (let k = 0; k < depth; k++) {
      shift += rows[o * depth + k] * fit.originalMean[mean + k] -
        values[o * depth + k] * fit.mean[mean + k];
    }
    return value + shift;
  });
}

function round(
  layer: FloatLayer,
  blocks: readonly Quadratic[],
  attempt: Attempt,
): { integers: Int8Array; stored: StorableSteps } {
  const { rows, depth, bias, axis, floors } = layer;
  const grid = fitGrid(layer.grid, {
    ...{ rows, depth, floors },
    importance: (o) => importanceOf(layer, blocks, o),
  });
  const store = (steps: Float64Array) => storableSteps(steps, axis, floors);
  let stored = store(grid.steps);
  if (!blocks.length) {
    return { integers: nearestIntegers({ ...grid, steps: stored.steps }, rows, depth), stored };
  }
  const perBlock = bias.length / blocks.length;
  const integers = new Int8Array(rows.length);
  const steps = new Float64Array(bias.length);
  blocks.forEach((quadratic, block) => {
    const [from, to] = [block * perBlock, (block + 1) * perBlock];
    const own = partOf({ ...grid, steps: stored.steps }, from, to, depth);
    const floats = rows.subarray(from * depth, to * depth);
    const rounded = roundBlock(quadratic, floats, own, attempt, floors.subarray(from, to));
    integers.set(rounded.integers, from * depth);
    steps.set(rounded.steps, from);
  });
  stored = store(steps);
  return { integers, stored };
}

/** Rounds the channels of one block, then alternates between their steps and their integers. */
function roundBlock(
  quadratic: Quadratic,
  rows: Float64Array,
  grid: Grid,
  { asymmetric, start, descend }: Attempt,
  floors: Float64Array,
): { integers: Int8Array; steps: Float64Array } {
  const { depth, gram } = quadratic;
  const target = asymmetric ? asymmetricTarget(quadratic, rows) ?? rows : rows;
  const gridsFor = (steps: Float64Array) =>
    Array.from(
      steps,
      (_, o) => new RowGrid({ ...grid, steps }, o, rows.subarray(o * depth, (o + 1) * depth)),
    );
  const first = gridsFor(grid.steps);
  const integers = start === "gptq" && gptq(gram, depth, target, first) ||
    nearestIntegers(grid, target, depth);
  let steps = grid.steps;
  for (let pass = 0; pass < PASSES; pass++) {
    if (descend) coordinateDescent(gram, depth, target, gridsFor(steps), integers);
    steps = refitSteps(gram, depth, target, integers, steps)
      .map((step, o) => Math.max(step, floors[o]));
    if (!descend) break;
  }
  return { integers, steps };
}

/** The channels `from` ≤ o < `to` of a grid. */
function partOf(grid: Grid, from: number, to: number, depth: number): Grid {
  const groups = Math.ceil(depth / grid.group);
  return {
    steps: grid.steps.slice(from, to),
    group: grid.group,
    levels: grid.levels.slice(from * groups, to * groups),
  };
}

/** Diagonal of H for a channel: damped and centred where there is the whole matrix. */
function importanceOf(
  { fit, bias, depth }: FloatLayer,
  blocks: readonly Quadratic[],
  channel: number,
): Float64Array {
  const block = Math.floor(channel * fit.blocks / bias.length);
  if (blocks.length) {
    const { gram } = blocks[block];
    return Float64Array.from({ length: depth }, (_, k) => gram[k * depth + k]);
  }
  const own = fit.gram.subarray(block * depth, (block + 1) * depth);
  const least = 0.01 * total(own) / depth || 1;
  return Float64Array.from(own, (value) => value + least);
}

function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
