/**
 * Choices as a recipe's rules.
 * @module
 */
import { type LayerRule, type Recipe, recipeFor } from "../../recipe/mod.ts";
import type { Choice } from "../../search/mod.ts";

/** What a recipe can say for all layers alike without changing what has no weights. */
const OF_WEIGHTS: readonly string[] = [
  ...["weights", "weightBits", "group", "bases", "codebookPer"],
  ...["round", "rateDistortion", "prune", "pruneChannels"],
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
  const used = choices.filter((_, number) => counts[number] > 0);
  const float = used.every(({ activations }) => activations === "float32");
  const short = !recipe.layers.length &&
    Object.keys(common).every((key) => OF_WEIGHTS.includes(key) || key === "activations" && float);
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

/**
 * The recipe with what has no weights in float32 as well, behind the last layer that computes in
 * integers: sums and pools there would else be rounded between layers that are not.
 * @param nodes names of all nodes, in order.
 * @param layers names of those that have weights.
 */
export function withFloatTail(
  recipe: Recipe,
  nodes: readonly string[],
  layers: readonly string[],
): Recipe {
  const isInteger = (name: string) => recipeFor(recipe, name).activations === "int8";
  const last = layers.findLast(isInteger);
  if (last === undefined) return { ...recipe, activations: "float32" };
  const match = nodes.slice(nodes.indexOf(last) + 1)
    .filter((name) => !layers.includes(name) && isInteger(name));
  const behind = layers.indexOf(last) + 1 < layers.length;
  if (!behind || !match.length) return recipe;
  return { ...recipe, layers: [...recipe.layers, { match, activations: "float32" }] };
}
