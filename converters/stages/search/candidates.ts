/**
 * Assignments worth trying as a whole, and what they give.
 * @module
 */
import { Attempts, type CandidateInput, type TriedAssignment } from "./attempts.ts";
import { tryMixes } from "./mixes.ts";
import { tryUniform } from "./uniform.ts";
import { tryVariants } from "./variants.ts";

/** Tried besides the listed choices, about. */
const MORE = 10;

/** All layers alike, a choice for each by itself, and what changes several together. */
export async function findCandidates(input: CandidateInput): Promise<TriedAssignment[]> {
  const attempts = new Attempts(input, input.workbench.parts.choices.length + MORE);
  await tryUniform(attempts);
  await tryMixes(attempts);
  await tryVariants(attempts);
  return attempts.all;
}
