/**
 * What a recipe says about each layer.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { nearestName } from "../data/suggest.ts";
import type { Recipe } from "./fields.ts";
import { isFloat, LAYER_FIELDS, type LayerRule, type LayerSettings } from "./layer_fields.ts";

/**
 * The settings of one layer: the recipe's own, then those of every rule that fits, in order, then
 * `keepFloat`. Float weights are computed with in float32, whatever `activations` says.
 */
export function recipeFor(recipe: Recipe, node: string): LayerSettings {
  const settings = Object.fromEntries(
    Object.keys(LAYER_FIELDS).map((field) => [field, recipe[field as keyof LayerSettings]]),
  ) as unknown as LayerSettings;
  for (const { match, ...own } of recipe.layers) {
    if (patternsOf(match).some((pattern) => matches(pattern, node))) Object.assign(settings, own);
  }
  if (recipe.keepFloat.includes(node)) settings.weights = "float32";
  if (isFloat(settings.weights)) settings.activations = "float32";
  return settings;
}

/**
 * Whether a pattern fits a whole name: `*` stands for any run of characters, slashes too, `?` for
 * any one, all else for itself.
 */
export function matches(pattern: string, name: string): boolean {
  const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const wild: Record<string, string> = { "*": ".*", "?": "." };
  const parts = pattern.split(/([*?])/).map((part) => wild[part] ?? literal(part));
  return new RegExp(`^${parts.join("")}$`, "su").test(name);
}

/**
 * Sees to it that every pattern and every node to keep is there.
 * @param names of the model's nodes.
 * @throws KedgeError `usage/keep-float`, `usage/layers` with the nearest name.
 */
export function assertLayers(recipe: Recipe, names: readonly string[]): void {
  const fail = (code: string, message: string, got: string, hint: string): never => {
    const near = nearestName(got, names);
    throw new KedgeError({
      code: `usage/${code}`,
      message,
      got,
      wanted: `one of: ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`,
      hint: near ? `did you mean "${near}"?` : hint,
    });
  };
  const unknown = recipe.keepFloat.filter((name) => !names.includes(name));
  if (unknown.length) {
    const message = `Keeping nodes in float: "${unknown.join('", "')}" is no node of the model`;
    fail("keep-float", message, unknown[0], "`kedge inspect` lists the nodes");
  }
  for (const pattern of recipe.layers.flatMap(({ match }) => patternsOf(match))) {
    if (names.some((name) => matches(pattern, name))) continue;
    const message = `Reading the recipe's layers: "${pattern}" matches no node of the model`;
    fail("layers", message, pattern, "`*` stands for any run of characters, `?` for any one");
  }
}

function patternsOf(match: LayerRule["match"]): readonly string[] {
  return typeof match === "string" ? [match] : match;
}
