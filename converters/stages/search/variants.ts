/**
 * What changes several layers together, on top of assignments.
 * @module
 */
import { isFloatChoice, type Variant, variantName } from "../../search/mod.ts";
import type { Attempts, TriedAssignment } from "./attempts.ts";
import { fill } from "./fill.ts";
import { best, fits, missesOf } from "./limits.ts";

/**
 * What makes models smaller where they are too large or too slow; what brings them nearer the float
 * model where time is limited, or too much is lost. Both from the assignment that is best so far, the
 * latter also from the mix that has layers in float: its gain shows where activations are float, too.
 */
export async function tryVariants(attempts: Attempts): Promise<void> {
  const { workbench: { parts: { variants } }, limits } = attempts.input;
  const large = best(attempts.all, limits);
  if (!fits(large, { ...limits, maxDrop: undefined })) {
    // λs beyond those listed may do, without fewer channels.
    const { budget = Infinity } = limits;
    if (large.bytes > budget) await fill(attempts, large, budget);
    await climb(attempts, large, variants.smaller);
  }
  const start = best(attempts.all, limits);
  const loses = missesOf(start, limits).some(({ code }) => code === "accuracy/floor");
  if (limits.maxLatencyMs === undefined && !loses) return;
  await climb(attempts, start, variants.nearer);
  const mix = mixWithFloat(attempts);
  if (mix) await climb(attempts, mix, variants.nearer);
}

/**
 * Goes up a list of variants as long as a limit is missed or they give a better assignment. With a
 * budget, λs change so that each fills it again.
 */
async function climb(
  attempts: Attempts,
  { name, assignment }: TriedAssignment,
  list: readonly Variant[],
): Promise<void> {
  const { workbench, limits } = attempts.input;
  for (const variant of list) {
    const before = best(attempts.all, limits);
    const tried = await attempts.try(
      `${name}, ${variantName(variant)}`,
      workbench.varied(assignment, variant),
    );
    if (limits.budget !== undefined) await fill(attempts, tried, limits.budget);
    if (fits(before, limits) && best(attempts.all, limits) === before) return;
  }
}

/** The last assignment with layers in float beside others; none where no layer is. */
function mixWithFloat({ all, input }: Attempts): TriedAssignment | undefined {
  const { choices } = input.workbench.parts;
  return all.findLast(({ assignment }) => {
    const float = assignment.filter((choice) => isFloatChoice(choices[choice]));
    return float.length > 0 && float.length < assignment.length;
  });
}
