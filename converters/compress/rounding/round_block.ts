/**
 * Integers and steps of the channels of a layer that see the same inputs.
 * @module
 */
import { type Grid, nearestIntegers } from "../grids/mod.ts";
import { adaround } from "./adaround.ts";
import { coordinateDescent } from "./coordinate_descent.ts";
import { coupledTarget } from "./coupled.ts";
import { Gptq } from "./gptq.ts";
import { gptqSteps, type Start } from "./gptq_steps.ts";
import { pairDescent } from "./pair_descent.ts";
import { asymmetricTarget, type Quadratic, quadraticErrors } from "./problem.ts";
import { rateDistortion } from "./rate_distortion.ts";
import { refitSteps } from "./refit_steps.ts";
import { type RowGrid, rowGrids } from "./row_grid.ts";

/** Alternations of steps and integers. */
const PASSES = 3;
/** The same for rows that make up for each other. */
const COUPLED = 2;

/** One way to round. */
export interface Attempt {
  /** Rounds the target W* instead of W. */
  asymmetric: boolean;
  start: "nearest" | "gptq" | "adaround";
  descend: boolean;
}

/** What holds for a block besides. */
export interface BlockLimits {
  /** Smallest steps; null where steps stay what they are. */
  floors: Float64Array | null;
  /** Of bits; null where they do not count. */
  prices: Float64Array | null;
  /** What errors of channels cost together (coupled.ts), where bits count; null for each its own. */
  shares: Float64Array | null;
  /** How many of GPTQ's steps for each channel descend, so that the best of their ends is taken. */
  starts: number;
}

/**
 * Rounds the channels of one block, then alternates between their steps and their integers.
 * @param rows W [channels, depth].
 * @param grid with the steps that suit weights one by one.
 */
export function roundBlock(
  quadratic: Quadratic,
  rows: Float64Array,
  grid: Grid,
  attempt: Attempt,
  { floors, prices, shares, starts }: BlockLimits,
): Start {
  const { depth, gram } = quadratic;
  const target = attempt.asymmetric ? asymmetricTarget(quadratic, rows) ?? rows : rows;
  const gridsFor = (steps: Float64Array) => rowGrids({ ...grid, steps }, rows);
  // Where bits count, steps are wider than errors alone would have them.
  const free = prices ? null : floors;
  const begun = startsOf(quadratic, target, grid, attempt, gridsFor, { floors: free, starts });
  if (attempt.descend || floors) {
    for (const start of begun) {
      settle(quadratic, target, start, gridsFor, { floors, descend: attempt.descend });
    }
  }
  const best = bestOf(quadratic, target, begun);
  if (!prices) return best;
  for (let pass = 0; pass < (shares ? COUPLED : 1); pass++) {
    rateDistortion(gram, depth, target, gridsFor(best.steps), best.integers, prices, shares);
    if (!floors) continue;
    best.steps = shares
      ? refitCoupled(quadratic, target, best, floors, shares)
      : refit(quadratic, target, best, floors);
  }
  return best;
}

/** Where to begin: one or, where GPTQ may choose its steps, several. */
function startsOf(
  { depth, gram }: Quadratic,
  target: Float64Array,
  grid: Grid,
  { start }: Attempt,
  gridsFor: (steps: Float64Array) => RowGrid[],
  { floors, starts }: Pick<BlockLimits, "floors" | "starts">,
): Start[] {
  const { steps } = grid;
  const gptq = start === "gptq" ? Gptq.of(gram, depth) : null;
  if (gptq && floors) return gptqSteps(gptq, target, steps, floors, gridsFor, starts);
  const first = gridsFor(steps);
  const integers = gptq?.round(target, first).integers ??
    (start === "adaround"
      ? adaround(gram, depth, target, first)
      : nearestIntegers(grid, target, depth));
  return [{ integers, steps }];
}

/** Descends to where neither steps nor weights nor pairs of weights do better; changes the start. */
function settle(
  quadratic: Quadratic,
  target: Float64Array,
  start: Start,
  gridsFor: (steps: Float64Array) => RowGrid[],
  { floors, descend }: { floors: Float64Array | null; descend: boolean },
): void {
  const { depth, gram } = quadratic;
  const { integers } = start;
  for (let pass = 0; descend && pass < PASSES; pass++) {
    coordinateDescent(gram, depth, target, gridsFor(start.steps), integers);
    if (!floors) break;
    start.steps = refit(quadratic, target, start, floors);
  }
  if (descend) pairDescent(gram, depth, target, gridsFor(start.steps), integers);
  if (floors) start.steps = refit(quadratic, target, start, floors);
}

/** The steps of rows that make up for each other, one after the other. */
function refitCoupled(
  quadratic: Quadratic,
  target: Float64Array,
  { integers, steps }: Start,
  floors: Float64Array,
  shares: Float64Array,
): Float64Array {
  const { depth } = quadratic;
  const fitted = steps.slice();
  for (let row = 0; row < steps.length; row++) {
    const aim = coupledTarget(shares, target, integers, fitted, row);
    const own = integers.subarray(row * depth, (row + 1) * depth);
    const start = { integers: own, steps: fitted.subarray(row, row + 1) };
    fitted.set(refit(quadratic, aim, start, floors.subarray(row, row + 1)), row);
  }
  return fitted;
}

function refit(
  { depth, gram }: Quadratic,
  target: Float64Array,
  { integers, steps }: Start,
  floors: Float64Array,
): Float64Array {
  return refitSteps(gram, depth, target, integers, steps)
    .map((step, o) => Math.max(step, floors[o]));
}

/** Every row of the one in which it errs least. */
function bestOf(quadratic: Quadratic, target: Float64Array, found: readonly Start[]): Start {
  const [best, ...others] = found;
  if (!others.length) return best;
  const { depth } = quadratic;
  const least = quadraticErrors(quadratic, target, best.integers, best.steps);
  for (const { integers, steps } of others) {
    quadraticErrors(quadratic, target, integers, steps).forEach((error, o) => {
      if (error >= least[o]) return;
      least[o] = error;
      best.steps[o] = steps[o];
      best.integers.set(integers.subarray(o * depth, (o + 1) * depth), o * depth);
    });
  }
  return best;
}
