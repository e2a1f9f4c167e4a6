/**
 * Which layers to give more, so that a model keeps to a largest drop.
 * @module
 */
import type { AccuracyReport } from "../check/report.ts";
import { type LayerRule, type Recipe, recipeFor } from "../recipe/mod.ts";
import type { Suggestion } from "./blame_options.ts";
import type { Progress } from "./options.ts";

/** What a suggestion starts from. */
export interface SuggestionInput {
  recipe: Recipe;
  /** Names of the layers, the one that loses most first. */
  names: readonly string[];
  /** What the recipe gives as it is. */
  accuracy: AccuracyReport;
  /** Largest drop, as a fraction. */
  maxDrop: number;
  /** Measures a recipe. */
  measure(recipe: Recipe): Promise<AccuracyReport>;
  progress: Progress;
}

/** Up to as many rules each is tried to be left out. */
const FEW = 8;

/**
 * Takes as few steps of `steps` as bisection finds to keep to the drop, then leaves out every one
 * that is not needed, where they are few. Each set of rules is measured, the one given too.
 */
export async function suggest(input: SuggestionInput): Promise<Suggestion> {
  const { recipe, accuracy, maxDrop, measure, progress } = input;
  const all = steps(input);
  const most = Math.ceil(Math.log2(all.length + 1)) + 1;
  let measured = 0;
  const tryRules = async (rules: LayerRule[]): Promise<Suggestion> => {
    if (rules.length === 0) return { maxDrop, rules, accuracy, met: accuracy.drop <= maxDrop };
    progress("suggest", measured, Math.max(most, ++measured));
    const found = await measure({ ...recipe, layers: [...recipe.layers, ...rules] });
    return { maxDrop, rules, accuracy: found, met: found.drop <= maxDrop };
  };
  const bare = await tryRules([]);
  if (bare.met) return bare;
  let best = await tryRules(all);
  if (!best.met) return best;
  let low = 0;
  while (best.rules.length - low > 1) {
    const middle = Math.floor((low + best.rules.length) / 2);
    const tried = await tryRules(all.slice(0, middle));
    if (tried.met) best = tried;
    else low = middle;
  }
  for (const rule of best.rules.length <= FEW ? best.rules : []) {
    const tried = await tryRules(best.rules.filter((other) => other !== rule));
    if (tried.met) best = tried;
  }
  return best;
}

/** More bits for every layer that has fewer than 8, the worst first; then float weights. */
function steps({ recipe, names }: SuggestionInput): LayerRule[] {
  const low = names.filter((name) => {
    const { weights, weightBits } = recipeFor(recipe, name);
    return weights !== "int8" || weightBits < 8;
  });
  return [
    ...low.map((match): LayerRule => ({ match, weights: "int8", weightBits: 8 })),
    ...names.map((match): LayerRule => ({ match, weights: "float32" })),
  ];
}
