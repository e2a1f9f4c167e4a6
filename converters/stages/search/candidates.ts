/**
 * Assignments worth trying as a whole, and what they give.
 * @module
 */
import { Attempts, type CandidateInput, type TriedAssignment } from "./attempts.ts";
import { tryMixes } from "./mixes.ts";
import { tryUniform } from "./uniform.ts";

/** Tried besides the listed choices, about. */
const MORE = 10;

/** All layers alike, and a choice for each by itself. */
export async function findCandidates(input: CandidateInput): Promise<TriedAssignment[]> {
  const attempts = new Attempts(input, input.workbench.parts.choices.length + MORE);
  await tryUniform(attempts);
  await tryMixes(attempts);
  return attempts.all;
}
