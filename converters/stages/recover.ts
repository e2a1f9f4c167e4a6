/**
 * Rounds the weights of a quantized graph anew, layer after layer, each for the inputs that the
 * layers before it now give.
 * @module
 */
import {
  fromRows,
  gridOf,
  integerBias,
  type RecoveredLayer,
  recoverLayer,
  stepFloors,
  weightRows,
  weightsOf,
} from "../compress/mod.ts";
import type { Dataset } from "../data/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { type Recipe, recipeFor } from "../recipe/mod.ts";
import { NodeRunner } from "./node_runner.ts";
import { LayerObserver, STATISTICS_SAMPLES } from "./statistics.ts";

/** What recovering one layer gave. */
export type LayerRecovery = Pick<RecoveredLayer, "method" | "error" | "tried">;

/** A recovered graph. */
export interface Recovered {
  graph: CoreGraph;
  /** By node name. */
  layers: Map<string, LayerRecovery>;
}

/**
 * Walks through the float graph and its quantized form side by side over the calibration samples.
 * Every layer's weights are rounded again so that on the inputs of the quantized graph it gives
 * most nearly what the float layer gives on its own. Weights that several nodes share stay as they
 * are.
 * @param wanted whether a node is to be rounded anew.
 * @param onLayer is told after each layer.
 */
export async function recover(
  float: CoreGraph,
  quantized: CoreGraph,
  { dataset, indices }: { dataset: Dataset; indices: readonly number[] },
  recipe: Recipe,
  wanted: (node: CoreNode) => boolean,
  onLayer: (done: number, total: number) => void,
): Promise<Recovered> {
  const used = indices.slice(0, STATISTICS_SAMPLES);
  const inputs = await Promise.all(used.map((sample) => dataset.inputs(sample)));
  const graph = { ...quantized, nodes: [...quantized.nodes], tensors: new Map(quantized.tensors) };
  const runners = {
    float: new NodeRunner(float, inputs),
    quantized: new NodeRunner(graph, inputs),
  };
  const floats = new Map(float.nodes.map((node) => [node.name, node]));
  const takers = new Map<string, number>();
  for (const { inputs: [, weights] } of graph.nodes) {
    takers.set(weights, (takers.get(weights) ?? 0) + 1);
  }
  const chosen = graph.nodes.filter((node) => {
    const own = floats.get(node.name);
    return own && weightsOf(float, own) && takers.get(node.inputs[1]) === 1 &&
      graph.tensors.get(node.inputs[1])?.data instanceof Int8Array && wanted(own);
  });
  const layers = new Map<string, LayerRecovery>();
  for (const [done, { name }] of chosen.entries()) {
    const node = floats.get(name)!;
    await runners.float.runUpTo(name);
    await runners.quantized.runUpTo(name);
    const at = graph.nodes.findIndex((other) => other.name === name);
    const input = graph.nodes[at].inputs[0];
    const observer = new LayerObserver(float, node, used.length, recipe.seed, true);
    for (let i = 0; i < used.length; i++) {
      observer.add(i, runners.float.real(node.inputs[0], i), runners.quantized.real(input, i));
    }
    const weights = weightsOf(float, node)!;
    const { fit, held } = observer.finish();
    const given = float.tensors.get(node.inputs[2] ?? "")?.data;
    const channels = weights.shape[weights.axis];
    const bias = Float64Array.from({ length: channels }, (_, o) => Number(given?.[o] ?? 0));
    const settings = recipeFor(recipe, name);
    const scale = graph.tensors.get(input)!.quantization?.scale ?? null;
    const layer = recoverLayer({
      ...{ rows: weightRows(weights), bias, depth: weights.depth, axis: weights.axis, fit, held },
      grid: gridOf(settings, node.op),
      round: settings.round,
      correctBias: settings.biasCorrection,
      floors: stepFloors(bias, weights.depth, scale),
    });
    layers.set(name, { method: layer.method, error: layer.error, tried: layer.tried });
    graph.nodes[at] = replaceWeights(graph, graph.nodes[at], {
      weights: fromRows(layer.integers, weights),
      quantization: layer.quantization,
      bias: scale === null
        ? Float32Array.from(layer.bias)
        : integerBias(layer.bias, layer.steps, scale, weights.depth),
    });
    onLayer(done + 1, chosen.length);
  }
  return { graph, layers };
}

/** Puts new constants into the graph and gives the node that takes them. */
function replaceWeights(
  graph: CoreGraph,
  node: CoreNode,
  { weights, quantization, bias }: {
    weights: Int8Array;
    quantization: RecoveredLayer["quantization"];
    bias: Int32Array | Float32Array;
  },
): CoreNode {
  const [x, name] = node.inputs;
  graph.tensors.set(name, { ...graph.tensors.get(name)!, data: weights, quantization });
  const biasName = `${node.output}/bias`;
  const dtype = bias instanceof Int32Array ? "int32" : "float32";
  graph.tensors.set(biasName, { name: biasName, dtype, shape: [bias.length], data: bias });
  return { ...node, inputs: [x, name, biasName] };
}
