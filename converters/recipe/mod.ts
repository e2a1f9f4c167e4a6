/**
 * What a conversion does, as data.
 * @module
 */
export { canonicalRecipe } from "./canonical.ts";
export { completeRecipe } from "./complete.ts";
export {
  hasFineSteps,
  isFloat,
  isRounded,
  isRoundedFinely,
  LARGEST_LAMBDA,
  type LayerRule,
  type LayerSettings,
  type WeightType,
} from "./layer_fields.ts";
export { DEFAULT_RECIPE, type Recipe, STRIPPABLE, type Strippable } from "./fields.ts";
export { assertLayers, matches, recipeFor } from "./layers.ts";
export { type PruningPlan, readPruning } from "./pruning.ts";
