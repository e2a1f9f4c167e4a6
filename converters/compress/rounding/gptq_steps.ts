/**
 * The steps at which GPTQ errs least.
 * @module
 */
import type { Gptq } from "./gptq.ts";
import type { RowGrid } from "./row_grid.ts";

/** Steps that are tried, as shares of the given ones: from 0.7 to 1.35 in equal ratios. */
const SHARES = Array.from({ length: 12 }, (_, i) => 0.7 * (1.35 / 0.7) ** (i / 11));

/** Integers and the steps that go with them. */
export interface Start {
  /** [rows, depth]. */
  integers: Int8Array;
  /** One a row. */
  steps: Float64Array;
}

/**
 * Rounds every row at several steps and ranks them by (t − s·q)·H·(t − s·q)ᵀ. The steps that suit
 * weights one by one are not the best when weights make up for each other: these reach farther, and
 * a wider step clips less of that.
 * @param steps that suit weights one by one.
 * @param floors smallest steps.
 * @param gridsFor grids of all rows by their steps.
 * @param count how many are wanted.
 * @returns every row at its best step, at its second best, and so on.
 */
export function gptqSteps(
  gptq: Gptq,
  target: Float64Array,
  steps: Float64Array,
  floors: Float64Array,
  gridsFor: (steps: Float64Array) => RowGrid[],
  count: number,
): Start[] {
  const depth = target.length / steps.length;
  const tried = SHARES.map((share) => {
    const own = steps.map((step, o) => Math.max(step * share, floors[o]));
    return { steps: own, ...gptq.round(target, gridsFor(own)) };
  });
  const starts = Array.from({ length: count }, (): Start => ({
    integers: new Int8Array(target.length),
    steps: new Float64Array(steps.length),
  }));
  steps.forEach((_, o) => {
    const ranked = tried.toSorted((a, b) => a.errors[o] - b.errors[o]);
    starts.forEach((start, rank) => {
      const { integers, steps } = ranked[rank];
      start.integers.set(integers.subarray(o * depth, (o + 1) * depth), o * depth);
      start.steps[o] = steps[o];
    });
  });
  return starts;
}
