/**
 * Rounds one layer by several methods and keeps that which is best on held-out columns.
 * @module
 */
import {
  fitGrid,
  type Grid,
  type GridSettings,
  nearestIntegers,
  powerOfTwoSteps,
} from "../grids/mod.ts";
import { mergeMoments, type Moments } from "../statistics/mod.ts";
import { type StorableSteps, storableSteps } from "../storable_steps.ts";
import { type ColumnProblem, columnProblem } from "./columns.ts";
import { type Linear, type LinearErrors, outputErrors } from "./output_error.ts";
import { type Quadratic, quadraticOf } from "./problem.ts";
import { diagonalRateDistortion, fractionOf, WIDENED, widening } from "./rate_distortion.ts";
import { type Attempt, roundBlock } from "./round_block.ts";
import { roundOnColumns } from "./round_on_columns.ts";
import { rowGrids } from "./row_grid.ts";

/** How weights are rounded. */
export type Rounding = "auto" | "plain" | "nearest" | "gptq" | "cd" | "adaround" | "block";

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
  /** Squared steps that a bit is worth (rate_distortion.ts); 0 to count no bits. */
  lambda: number;
  /**
   * Squared error of each channel's output that a bit is worth; null where only λ is known, which is
   * then meant in squared steps of every layer's own.
   */
  prices: Float64Array | null;
  /** What errors of its channels cost together (coupled.ts); null for each its own. */
  shares: Float64Array | null;
  /** Whether steps are powers of two. */
  powersOfTwo: boolean;
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

/** Products for each look at how errors of all channels go together, at most. */
const MOST_PRODUCTS = 1e9;
/** How many starts of each channel are followed to their ends, once it is known which way to round. */
const STARTS = 3;

const NEAREST: Attempt = { asymmetric: false, start: "nearest", descend: false };
const BEST = {
  "nearest": NEAREST,
  "gptq+cd": { asymmetric: false, start: "gptq", descend: true },
  "gptq+cd to float outputs": { asymmetric: true, start: "gptq", descend: true },
} as const;
const ATTEMPTS: Record<Rounding, Record<string, Attempt>> = {
  plain: { nearest: NEAREST },
  nearest: { nearest: NEAREST },
  gptq: { gptq: { asymmetric: true, start: "gptq", descend: false } },
  cd: { cd: { asymmetric: true, start: "nearest", descend: true } },
  adaround: { adaround: { asymmetric: true, start: "adaround", descend: false } },
  // Blocks are learned from there (stages/reconstruct.ts).
  block: BEST,
  auto: BEST,
};

/**
 * Recovers a layer. Every method is fitted to `fit` and judged on `held`; the best is then fitted to
 * both. The bias takes up the difference of the means, b̂ = b + E[w·x] − E[ŵ·x̂] (Nagel et al. 2019,
 * arXiv:1906.04721, §4.2), where that helps on held-out columns.
 */
export function recoverLayer(layer: FloatLayer): RecoveredLayer {
  const errors = outputErrors(layer.held, layer);
  const variance = total(errors.variances) || 1;
  const problem = problemOf(layer, layer.fit);
  const tried: Record<string, number> = {};
  let best = { method: "", attempt: NEAREST, corrects: false };
  for (const [name, attempt] of Object.entries(ATTEMPTS[layer.round])) {
    // Columns always aim at the float outputs.
    if (problem.columns && attempt.descend && !attempt.asymmetric) continue;
    const values = realRows(layer, round(problem, attempt));
    const { spread, shift } = errors.of(values);
    const fitted = problem.errors.of(values).shift;
    for (const corrects of layer.correctBias ? [true, false] : [false]) {
      const left = shift.map((value, o) => (value - (corrects ? fitted[o] : 0)) ** 2);
      const method = corrects || !layer.correctBias ? name : `${name}, bias as it was`;
      tried[method] = (total(spread) + total(left)) / variance;
      if (best.method && tried[method] >= tried[best.method]) continue;
      best = { method, attempt, corrects };
    }
  }
  const whole = problemOf(layer, mergeMoments(layer.fit, layer.held));
  const rounded = round(whole, best.attempt, STARTS);
  const { shift } = whole.errors.of(realRows(layer, rounded));
  return {
    ...rounded,
    bias: best.corrects ? layer.bias.map((value, o) => value + shift[o]) : layer.bias,
    method: best.method,
    error: tried[best.method],
    tried,
  };
}

/** A layer with the moments that it is fitted to. */
interface Problem {
  layer: FloatLayer;
  moments: Moments;
  /** By block; none where only diagonals are known. */
  quadratics: Quadratic[];
  /** Where only diagonals are known, but some columns. */
  columns: ColumnProblem | null;
  errors: LinearErrors;
}

function problemOf(layer: FloatLayer, moments: Moments): Problem {
  const blocks = moments.diagonal ? 0 : moments.blocks;
  const quadratics = Array.from(
    { length: blocks },
    (_, block) => quadraticOf(moments, block, layer.correctBias),
  );
  const errors = outputErrors(moments, layer);
  return { layer, moments, quadratics, columns: columnProblem(moments), errors };
}

/** Integers with their steps. */
type Rounded = StorableSteps & { integers: Int8Array };

/** Real values of integers. */
function realRows({ depth }: FloatLayer, { integers, steps }: Rounded): Float64Array {
  return Float64Array.from(integers, (q, i) => q * steps[Math.floor(i / depth)]);
}

function round(problem: Problem, attempt: Attempt, starts = 1): Rounded {
  const { layer, quadratics } = problem;
  const { rows, depth, bias, axis, floors, grid: settings, powersOfTwo } = layer;
  const importance = (o: number) => importanceOf(problem, o);
  const weights = { rows, depth, floors, importance };
  const fitted = fitGrid(settings, weights);
  const bits = bitPrices(problem, fitted.steps);
  const even = settings.kind === "uniform";
  const wider = bits.lambdas.map((lambda) => even ? widening(lambda) : 1);
  // Of the wider steps; dead channels, whose steps can be no wider, do not count.
  const lambda = mean(bits.lambdas.map((lambda, o) => Math.min(lambda / wider[o] ** 2, WIDENED)));
  const free = { ...fitted, steps: fitted.steps.map((step, o) => step * wider[o]) };
  const grid = powersOfTwo ? powerOfTwoSteps(free, weights) : free;
  let stored = storableSteps(grid.steps, axis, floors);
  const { length } = quadratics;
  if (!length) {
    const own = { ...grid, steps: stored.steps };
    const integers = nearestIntegers(own, rows, depth);
    const prices = lambda ? bits.prices : null;
    let { steps } = stored;
    if (problem.columns && attempt.descend) {
      const fixed = powersOfTwo ? null : floors;
      steps = roundOnColumns(problem.columns, rows, own, integers, { floors: fixed, prices });
    } else if (prices) {
      const diagonals = Array.from(steps, (_, o) => importance(o));
      diagonalRateDistortion(diagonals, rows, rowGrids(own, rows), integers, prices);
    }
    stored = storableSteps(steps, axis, floors, fractionOf(integers, depth, lambda));
    return { ...stored, integers };
  }
  const perBlock = bias.length / length;
  const integers = new Int8Array(rows.length);
  const steps = new Float64Array(bias.length);
  quadratics.forEach((quadratic, block) => {
    const [from, to] = [block * perBlock, (block + 1) * perBlock];
    const own = partOf({ ...grid, steps: stored.steps }, from, to, depth);
    const floats = rows.subarray(from * depth, to * depth);
    const rounded = roundBlock(quadratic, floats, own, attempt, {
      floors: powersOfTwo ? null : floors.subarray(from, to),
      prices: lambda ? bits.prices.subarray(from, to) : null,
      shares: length === 1 && bias.length * rows.length <= MOST_PRODUCTS ? layer.shares : null,
      starts,
    });
    integers.set(rounded.integers, from * depth);
    steps.set(rounded.steps, from);
  });
  stored = storableSteps(steps, axis, floors, fractionOf(integers, depth, lambda));
  return { ...stored, integers };
}

/**
 * What a bit is worth in each channel: in squared steps, and as squared error of the output, where a
 * squared step costs h̄·s², h̄ the mean of H's diagonal.
 */
function bitPrices(
  problem: Problem,
  steps: Float64Array,
): { lambdas: Float64Array; prices: Float64Array } {
  const { lambda, prices } = problem.layer;
  const costs = steps.map((step, o) => mean(importanceOf(problem, o)) * step ** 2);
  if (!lambda || !prices) {
    const price = lambda * mean(costs);
    return { lambdas: steps.map(() => lambda), prices: steps.map(() => price) };
  }
  return { lambdas: prices.map((price, o) => price / costs[o]), prices };
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
function importanceOf({ layer, moments, quadratics }: Problem, channel: number): Float64Array {
  const { depth, bias } = layer;
  const block = Math.floor(channel * moments.blocks / bias.length);
  if (quadratics.length) {
    const { gram } = quadratics[block];
    return Float64Array.from({ length: depth }, (_, k) => gram[k * depth + k]);
  }
  const own = moments.gram.subarray(block * depth, (block + 1) * depth);
  const least = 0.01 * total(own) / depth || 1;
  return Float64Array.from(own, (value) => value + least);
}

function mean(values: ArrayLike<number>): number {
  return total(values) / values.length;
}

function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
