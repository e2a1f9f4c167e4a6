/**
 * All layers alike: what a search has to be better than.
 * @module
 */
import { choiceOf, lambdaOf } from "../../search/mod.ts";
import type { Attempts } from "./attempts.ts";
import { closeIn } from "./close_in.ts";

/**
 * All layers by each choice, by the λ that meets the budget, and by as few plain bits as meet the
 * limits: by less, more is lost.
 */
export async function tryUniform(attempts: Attempts): Promise<void> {
  const { workbench, limits: { budget, maxDrop } } = attempts.input;
  const listed = workbench.parts.choices.length;
  for (let choice = 0; choice < listed; choice++) await attempts.alike(choice);
  const alike = attempts.all.slice();
  if (budget !== undefined) {
    const known = workbench.parts.choices.flatMap((choice, number) => {
      const lambda = lambdaOf(choice);
      const tried = alike.find(({ assignment }) => assignment.every((one) => one === number));
      return lambda === null || !tried ? [] : [{ lambda, bytes: tried.bytes }];
    });
    const bytesOf = async (lambda: number) =>
      (await attempts.alike(workbench.add(choiceOf(lambda)))).bytes;
    await closeIn(budget, known, bytesOf);
  }
  const weights = attempts.input.layers.reduce((sum, { parameters }) => sum + parameters, 0);
  const most = Math.max(...alike.map(({ bytes }) => bytes));
  for (const choice of workbench.parts.uniform) {
    const { weightBits: bits = 8 } = choice;
    // A bit less takes at most a bit off every weight.
    if (budget !== undefined && most - weights * (8 - bits) / 8 > budget) continue;
    const tried = await attempts.alike(workbench.add(choice));
    const enough = budget !== undefined
      ? tried.bytes <= budget
      : tried.accuracy.drop > (maxDrop ?? 0);
    if (enough) break;
  }
}
