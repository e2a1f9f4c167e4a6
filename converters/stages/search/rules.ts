/**
 * Choices as a recipe's rules.
 * @module
 */
import type { LayerRule, Recipe } from "../../recipe/mod.ts";
import type { Choice } from "../../search/mod.ts";

/** What a recipe can say for all layers alike without changing what has no weights. */
const OF_WEIGHTS: readonly string[] = [
  ...["weights", "weightBits", "group", "bases", "codebookPer"],
  ...["round", "rateDistortion", "prune"],
];

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

/**
 * The recipe that gives each layer its choice. It stands in the file, so it is short: what most layers
 * have is said for all, and rules say what is otherwise, unless the recipe has rules already.
 */
export function recipeOf(
  recipe: Recipe,
  names: readonly string[],
  assignment: readonly number[],
  choices: readonly Choice[],
): Recipe {
  const counts = choices.map((_, number) => assignment.filter((one) => one === number).length);
  const common = choices[counts.indexOf(Math.max(...counts))];
  const short = !recipe.layers.length &&
    Object.keys(common).every((key) => OF_WEIGHTS.includes(key));
  if (!short) {
    return { ...recipe, layers: [...recipe.layers, ...rulesOf(names, assignment, choices)] };
  }
  const whole: Recipe = { ...recipe, ...common };
  const taken = Object.keys(common) as (keyof Choice)[];
  const before = Object.fromEntries(taken.map((key) => [key, recipe[key]])) as Choice;
  const others = choices.map((choice): Choice => {
    const entries = Object.entries({ ...before, ...choice });
    return Object.fromEntries(
      entries.filter(([key, value]) => whole[key as keyof Choice] !== value),
    );
  });
  const rules = rulesOf(names, assignment, others);
  return { ...whole, layers: rules.filter((rule) => Object.keys(rule).length > 1) };
}
