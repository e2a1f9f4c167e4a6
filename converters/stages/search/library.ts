/**
 * A model quantized by each of several choices, ready to be taken apart and put together.
 * @module
 */
import type { CoreGraph } from "../../graph/graph.ts";
import { isRounded, type LayerSettings, type Recipe } from "../../recipe/mod.ts";
import { compress } from "../compress.ts";
import type { Progress } from "../options.ts";
import { prune } from "../prune.ts";
import { recoverEach, replaceWeights } from "../recover.ts";
import type { Samples } from "../samples.ts";

/** What the library is made of. */
export interface LibraryInput {
  core: CoreGraph;
  samples: Samples;
  /** The recipe that gives all layers one choice, the best choice first. */
  recipes: readonly Recipe[];
  progress: Progress;
}

/** The library. */
export interface Library {
  /** The float model that was quantized: equalized, where the recipe says so. */
  float: CoreGraph;
  /** The model by each choice. */
  graphs: CoreGraph[];
}

/**
 * The model by each choice, before dead channels are taken out. Layers are rounded for the inputs
 * that they have in the first of them, all choices in one walk: they are to be used there alone, and
 * by one method instead of the best of several: they tell what a choice takes and costs, about.
 */
export async function buildLibrary(input: LibraryInput): Promise<Library> {
  const { core, samples, progress } = input;
  const first = await compress(core, samples, plainly(input.recipes[0]), () => {});
  const { float } = first;
  // It is equalized already.
  const recipes = input.recipes.map((recipe): Recipe => ({ ...quickly(recipe), equalize: "off" }));
  const graphs = [copyOf(first.whole)];
  for (const recipe of recipes.slice(1)) {
    // A pruned model has other ranges of activations: its layers are put into the first one.
    const prunes = [recipe, ...recipe.layers].some(({ prune = "none" }) => prune !== "none");
    const plain = () => compress(float, samples, plainly(recipe), () => {});
    graphs.push(copyOf(prunes ? graphs[0] : (await plain()).whole));
  }
  const variants = await Promise.all(recipes.map(async (recipe) => ({
    recipe,
    graph: (await prune(float, samples, recipe, () => {})).graph,
  })));
  const found = await recoverEach(float, graphs[0], samples, variants, progress);
  // The first graph is looked at until the end of the walk.
  found.forEach((constants, i) =>
    constants.forEach((layer, name) => replaceWeights(graphs[i], name, layer))
  );
  return { float, graphs };
}

/** The recipe with one method where it compares several. */
function quickly(recipe: Recipe): Recipe {
  const settle = <S extends Partial<LayerSettings>>(settings: S): S => {
    const all = { ...recipe, ...settings };
    return all.round === "auto" && isRounded(all) ? { ...settings, round: "cd" } : settings;
  };
  return { ...settle(recipe), layers: recipe.layers.map(settle) };
}

function copyOf(graph: CoreGraph): CoreGraph {
  return { ...graph, nodes: [...graph.nodes], tensors: new Map(graph.tensors) };
}

/** The same recipe without a look at what comes into each layer. */
function plainly(recipe: Recipe): Recipe {
  const plain: Partial<LayerSettings> = { round: "plain", rateDistortion: 0 };
  return { ...recipe, ...plain, layers: recipe.layers.map((rule) => ({ ...rule, ...plain })) };
}
