/**
 * The model that was chosen, made of all samples that are not held out.
 * @module
 */
import type { SearchLimits } from "../../check/search.ts";
import type { Samples } from "../samples.ts";
import type { TriedAssignment } from "./attempts.ts";
import { closeInByFactor } from "./close_in.ts";
import type { SearchState } from "./state.ts";
import { Workbench } from "./workbench.ts";

/** Bytes of a file and of its arena. */
export interface Sizes {
  bytes: number;
  arenaBytes: number;
}

/** An assignment with the workbench whose recipe makes it, and its sizes. */
export interface Refitted {
  bench: Workbench;
  assignment: readonly number[];
  sizes: Sizes;
}

/**
 * Converts by an assignment with the samples that calibrated and those that chose together: what is
 * fitted to twice as many samples errs less on others. All λs then change by one factor to fill the
 * budget again; where there are none and the file is now over it, it stays what it was.
 */
export async function refit(
  workbench: Workbench,
  state: SearchState,
  { assignment, bytes, arenaBytes }: TriedAssignment,
  { budget = Infinity }: SearchLimits,
): Promise<Refitted> {
  const before: Refitted = { bench: workbench, assignment, sizes: { bytes, arenaBytes } };
  const bench = withAllSamples(workbench);
  if (!bench) return before;
  let refitted: Refitted | null = null;
  const bytesOf = async (factor: number) => {
    const scaled = factor === 1 ? assignment : bench.scaled(assignment, factor);
    const sizes = await sizesOf(bench, state, scaled);
    if (sizes.bytes <= budget && sizes.bytes > (refitted?.sizes.bytes ?? 0)) {
      refitted = { bench, assignment: scaled, sizes };
    }
    return sizes.bytes;
  };
  const first = await bytesOf(1);
  const most = bench.largestFactor(assignment);
  if (most !== null && bytes <= budget && budget < Infinity) {
    await closeInByFactor(budget, first, bytesOf, most);
  }
  return refitted ?? before;
}

/** Sizes of an assignment's file, measured once. */
export function sizesOf(
  bench: Workbench,
  state: SearchState,
  assignment: readonly number[],
): Promise<Sizes> {
  const { calibrationSamples } = bench.parts.recipe;
  return state.remember(
    `sizes ${calibrationSamples} ${bench.keyOf(assignment)}`,
    () => bench.sizes(assignment),
  );
}

/** The same workbench calibrating with what chooses as well; null where nothing chooses. */
function withAllSamples({ parts, progress }: Workbench): Workbench | null {
  const { calibration, selection, split } = parts.samples;
  if (!calibration || !selection) return null;
  const indices = [...calibration.indices, ...selection.indices].sort((a, b) => a - b);
  const samples: Samples = {
    ...parts.samples,
    calibration: { ...calibration, indices },
    selection: undefined,
    split: split && { ...split, calibration: indices.length, selection: 0 },
  };
  const recipe = { ...parts.recipe, calibrationSamples: indices.length, selectionSamples: 0 };
  return new Workbench({ ...parts, samples, recipe }, progress);
}
