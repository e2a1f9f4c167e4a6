/**
 * Trains a pruned float graph to give what the original gives.
 * @module
 */
import { isSum } from "../channels/mod.ts";
import { Network, weightsOf } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import type { Recipe } from "../recipe/mod.ts";
import type { Pruned } from "./prune_channels.ts";
import type { Samples } from "./samples.ts";
import { train } from "./train.ts";

/** Trains weights and biases of what was pruned (train.ts); what is whole stays as it is. */
export async function distill(
  core: CoreGraph,
  pruned: Pruned,
  samples: Samples,
  recipe: Recipe,
  onEpoch: (done: number, total: number) => void,
): Promise<Pruned> {
  const { graph, kept } = pruned;
  const layers = graph.nodes.filter((node) => isSum(node) && weightsOf(graph, node));
  if (!recipe.distill || !layers.length || graph === core) return pruned;
  const names = layers.map(({ output }) => output);
  const network = new Network(graph, new Set(names));
  const { parameters } = network;
  const student = { network, parameters, names, kept };
  const found = await train(core, student, samples, recipe, onEpoch);
  if (!found) return pruned;
  const tensors = new Map(graph.tensors);
  for (const [name, data] of found) tensors.set(name, { ...tensors.get(name)!, data });
  return { ...pruned, graph: { ...graph, tensors } };
}
