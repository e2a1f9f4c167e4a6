/**
 * A model quantized by each of several choices, ready to be taken apart and put together.
 * @module
 */
import type { CoreGraph } from "../../graph/graph.ts";
import type { LayerSettings, Recipe } from "../../recipe/mod.ts";
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

/**
 * The model by each choice, before dead channels are taken out. Layers are rounded for the inputs
 * that they have in the first of them, all choices in one walk: they are to be used there alone.
 */
export async function buildLibrary(input: LibraryInput): Promise<CoreGraph[]> {
  const { core, samples, recipes, progress } = input;
  const graphs: CoreGraph[] = [];
  for (const recipe of recipes) {
    // A pruned model has other ranges of activations: its layers are put into the first one.
    const whole = graphs.length && recipe.layers.some(({ prune = "none" }) => prune !== "none")
      ? graphs[0]
      : (await compress(core, samples, plainly(recipe), () => {})).whole;
    graphs.push({ ...whole, nodes: [...whole.nodes], tensors: new Map(whole.tensors) });
  }
  const variants = await Promise.all(recipes.map(async (recipe) => ({
    recipe,
    graph: (await prune(core, samples, recipe, () => {})).graph,
  })));
  const found = await recoverEach(core, graphs[0], samples, variants, progress);
  // The first graph is looked at until the end of the walk.
  found.forEach((constants, i) =>
    constants.forEach((layer, name) => replaceWeights(graphs[i], name, layer))
  );
  return graphs;
}

/** The same recipe without a look at what comes into each layer. */
function plainly(recipe: Recipe): Recipe {
  const round: Pick<LayerSettings, "round"> = { round: "plain" };
  return { ...recipe, ...round, layers: recipe.layers.map((rule) => ({ ...rule, ...round })) };
}
