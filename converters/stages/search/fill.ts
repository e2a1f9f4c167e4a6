/**
 * Makes a mix of λs use its whole budget.
 * @module
 */
import type { Attempts, TriedAssignment } from "./attempts.ts";
import { closeInByFactor } from "./close_in.ts";

/**
 * Tries an assignment with all its λs times one factor, so that its file just keeps to the budget.
 * @returns false where nothing was to be scaled, or no file met the budget.
 */
export async function fill(
  attempts: Attempts,
  { name, assignment, bytes }: TriedAssignment,
  budget: number,
): Promise<boolean> {
  const { workbench } = attempts.input;
  const most = workbench.largestFactor(assignment);
  if (most === null) return false;
  const bytesOf = async (factor: number) =>
    (await attempts.try(`${name}, λ × ${factor}`, workbench.scaled(assignment, factor))).bytes;
  return await closeInByFactor(budget, bytes, bytesOf, most) !== null;
}
