/**
 * Evens out the channels of activations before they are quantized, where the recipe says so.
 * @module
 */
import { channelPairs, commonStep, evenActivations, weightsOf } from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { hasFineSteps, type Recipe, recipeFor } from "../recipe/mod.ts";
import { affordableSamples, spreadOver } from "./affordable_samples.ts";
import { runFloat } from "./calibrate.ts";
import type { Samples } from "./samples.ts";

/** Samples that channels' ranges are taken from, at most, and multiplications of all their runs. */
const RANGED = 128;
const PRODUCTS = 2e10;

/** Largest integer weight. */
const LIMIT = 127;

/** Graphs that were made before, by the given one and by all else that decides it. */
const KNOWN = new WeakMap<CoreGraph, Map<string, Promise<CoreGraph>>>();

/**
 * The float graph that is to be quantized: it computes the same, with factors moved between layers
 * whose weights have steps fine enough to take them up. Weights that were integers stay those, and so
 * do layers that are pruned, whose channels are compared by their size.
 */
export async function evenByRecipe(
  core: CoreGraph,
  { calibration }: Samples,
  recipe: Recipe,
): Promise<CoreGraph> {
  if (recipe.equalize !== "activations" || !calibration) return core;
  const takes = (node: CoreNode) =>
    hasFineSteps(recipeFor(recipe, node.name)) &&
    commonStep(weightsOf(core, node)!.data, LIMIT) === null;
  const pairs = channelPairs(core).filter(({ first, second }) => takes(first) && takes(second));
  if (!pairs.length) return core;
  const { dataset, indices } = calibration;
  const ranged = spreadOver(indices, affordableSamples(core, PRODUCTS, RANGED));
  const key = JSON.stringify([dataset.source, ranged, pairs.map(({ first }) => first.name)]);
  const known = KNOWN.get(core) ?? new Map<string, Promise<CoreGraph>>();
  KNOWN.set(core, known);
  const made = known.get(key) ?? make();
  known.set(key, made);
  return await made;

  async function make(): Promise<CoreGraph> {
    const largest = new Map(pairs.map(({ first: { output } }) => {
      const channels = core.tensors.get(output)!.shape!.at(-1)!;
      return [output, new Float64Array(channels)];
    }));
    await runFloat(core, dataset, ranged, (name, values) => {
      const most = largest.get(name);
      if (!most) return;
      for (let i = 0; i < values.length; i++) {
        const c = i % most.length;
        most[c] = Math.max(most[c], Math.abs(values[i]));
      }
    }, () => {});
    return evenActivations(core, pairs, largest);
  }
}
