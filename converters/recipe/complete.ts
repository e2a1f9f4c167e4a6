/**
 * Recipes from outside: filled in and checked.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { nearestName } from "../data/suggest.ts";
import type { Field } from "./field.ts";
import { DEFAULT_RECIPE, FIELDS, type Recipe } from "./fields.ts";
import { isFloat, LAYER_FIELDS, type LayerSettings } from "./layer_fields.ts";

/**
 * Fills a partial recipe with the defaults and checks it. Float weights bring float activations
 * unless activations are given.
 * @throws KedgeError `usage/recipe` naming the field.
 */
export function completeRecipe(given: Partial<Recipe>): Recipe {
  checkFields(given, FIELDS, "");
  const recipe = { ...structuredClone(DEFAULT_RECIPE), ...given };
  if (given.activations === undefined && isFloat(recipe.weights)) recipe.activations = "float32";
  checkTypes(recipe, "");
  recipe.layers.forEach(({ match: _, ...settings }, i) => {
    checkFields(settings, LAYER_FIELDS, `layers[${i}].`);
    checkTypes(settings, `layers[${i}].`);
  });
  return recipe;
}

function checkFields(
  given: object,
  fields: Readonly<Record<string, Field<unknown>>>,
  path: string,
): void {
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) {
      const near = nearestName(name, Object.keys(fields));
      throw wrong(path + name, value, "no such field", near && `did you mean "${near}"?`);
    }
    if (!field.fits(value)) throw wrong(path + name, value, field.wanted);
  }
}

function checkTypes({ weights, activations }: Partial<LayerSettings>, path: string): void {
  if (activations !== "int8" || weights === undefined || !isFloat(weights)) return;
  const wanted = "float32 beside float weights";
  throw wrong(`${path}activations`, activations, wanted, "use --weights int8");
}

function wrong(field: string, got: unknown, wanted: string, hint?: string): KedgeError {
  return new KedgeError({
    code: "usage/recipe",
    message: `Reading the recipe: "${field}" does not fit`,
    where: { tensor: field },
    got: JSON.stringify(got) ?? String(got),
    wanted,
    hint,
  });
}
