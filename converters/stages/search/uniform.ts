/**
 * All layers alike: what a search has to be better than.
 * @module
 */
import { choiceOf, isFloatChoice, lambdaOf } from "../../search/mod.ts";
import type { Attempts } from "./attempts.ts";
import { closeIn } from "./close_in.ts";

/**
 * All layers by each choice, by the λ that meets the budget, and by as few plain bits as meet the
 * limits: by less, more is lost. With a budget, only those of the listed λs are tried that tell where
 * it lies, unless all are to be compared.
 */
export async function tryUniform(attempts: Attempts): Promise<void> {
  const { workbench, limits: { budget, maxDrop }, compare } = attempts.input;
  const { choices } = workbench.parts;
  const lambdas = [...choices.keys()].filter((number) => lambdaOf(choices[number]) !== null)
    .sort((a, b) => lambdaOf(choices[a])! - lambdaOf(choices[b])!);
  const some = budget !== undefined && !compare;
  const weights = attempts.input.layers.reduce((sum, { parameters }) => sum + parameters, 0);
  for (const number of choices.keys()) {
    const large = isFloatChoice(choices[number]) && 2 * weights > budget!;
    if (!some || !(large || lambdas.includes(number))) await attempts.alike(number);
  }
  if (some) await bracket(attempts, lambdas, budget);
  const alike = attempts.all.slice();
  if (budget !== undefined) {
    const known = alike.flatMap(({ assignment: [number], bytes }) => {
      const lambda = lambdaOf(choices[number]);
      return lambda === null ? [] : [{ lambda, bytes }];
    });
    const bytesOf = async (lambda: number) =>
      (await attempts.alike(workbench.add(choiceOf(lambda)))).bytes;
    await closeIn(budget, known, bytesOf);
  }
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

/** Bisects choices whose files become smaller: tries the last above the budget, the first within. */
async function bracket(
  attempts: Attempts,
  numbers: readonly number[],
  budget: number,
): Promise<void> {
  let [above, within] = [-1, numbers.length];
  while (within - above > 1) {
    const middle = (above + within) >> 1;
    const { bytes } = await attempts.alike(numbers[middle]);
    if (bytes > budget) above = middle;
    else within = middle;
  }
}
