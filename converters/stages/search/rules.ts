/**
 * Choices as a recipe's rules.
 * @module
 */
import type { LayerRule } from "../../recipe/mod.ts";
import type { Choice } from "../../search/mod.ts";

/** One rule for each choice that some layer has, with the names of its layers. */
export function rulesOf(
  names: readonly string[],
  assignment: readonly number[],
  choices: readonly Choice[],
): LayerRule[] {
  return choices.flatMap((choice, number) => {
    const match = names.filter((_, layer) => assignment[layer] === number);
    return match.length ? [{ match: match.length === 1 ? match[0] : match, ...choice }] : [];
  });
}
