/**
 * Trains the biases of a quantized graph.
 * @module
 */
import { isSum } from "../channels/mod.ts";
import { Network, studentOf, weightsOf } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import type { Recipe } from "../recipe/mod.ts";
import { type Recovered, replaceLearned } from "./recover.ts";
import type { Samples } from "./samples.ts";
import { train } from "./train.ts";

/**
 * Trains all biases together so that the graph as it is quantized, weights and activations rounded,
 * gives what the float graph gives (train.ts; slopes go through rounding as if it were not there,
 * fake_quantized.ts). Biases are few, so that few samples do; they take up what errors of all layers
 * shift, where bias correction sees one layer at a time (Finkelstein et al. 2019, "Fighting
 * Quantization Bias With Bias", arXiv:1906.03193). Kept only where held-out samples gain. Graphs
 * whose weights have 7 or 8 bits, which lose next to nothing, stay as they are.
 */
export async function distillBiases(
  float: CoreGraph,
  recovered: Recovered,
  samples: Samples,
  recipe: Recipe,
  onEpoch: (done: number, total: number) => void,
): Promise<Recovered> {
  const layers = float.nodes.filter((node) => isSum(node) && weightsOf(float, node));
  if (!recipe.distill || !layers.length || !recovered.layers.size) return recovered;
  const student = studentOf(float, recovered.graph);
  const names = layers.map(({ output }) => output);
  const network = new Network(student.graph, new Set(names), student.quantizations);
  const biases = new Map([...student.layers.keys()].flatMap((name) => {
    const bias = network.parameters.get(`${name}/bias`);
    return bias ? [[name, bias]] : [];
  }));
  const own = { network, parameters: biases, names, kept: new Map() };
  const found = biases.size ? await train(float, own, samples, recipe, onEpoch) : null;
  if (!found) return recovered;
  const { nodes, tensors } = recovered.graph;
  const graph = { ...recovered.graph, nodes: [...nodes], tensors: new Map(tensors) };
  for (const [name, bias] of found) {
    const layer = student.layers.get(name)!;
    replaceLearned(graph, name, { integers: layer.integers, bias }, layer, recipe);
  }
  return { ...recovered, graph };
}
