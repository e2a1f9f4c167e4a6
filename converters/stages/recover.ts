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
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { isRounded, type Recipe, recipeFor } from "../recipe/mod.ts";
import { NodeRunner } from "./node_runner.ts";
import type { Progress } from "./options.ts";
import type { Samples } from "./samples.ts";
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
 */
export async function recover(
  float: CoreGraph,
  quantized: CoreGraph,
  { calibration }: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<Recovered> {
  const layers = new Map<string, LayerRecovery>();
  const chosen = layersToRecover(float, quantized, recipe);
  if (!calibration || !chosen.length) return { graph: quantized, layers };
  const used = calibration.indices.slice(0, STATISTICS_SAMPLES);
  const inputs = await Promise.all(used.map((sample) => calibration.dataset.inputs(sample)));
  const graph = { ...quantized, nodes: [...quantized.nodes], tensors: new Map(quantized.tensors) };
  const runners = {
    float: new NodeRunner(float, inputs),
    quantized: new NodeRunner(graph, inputs),
  };
  for (const [done, node] of chosen.entries()) {
    const { name } = node;
    await runners.float.runUpTo(name);
    await runners.quantized.runUpTo(name);
    const at = graph.nodes.findIndex((other) => other.name === name);
    const input = graph.nodes[at].inputs[0];
    const observer = new LayerObserver(float, node, used.length, recipe.seed, true);
    const quantization = graph.tensors.get(input)!.quantization ?? null;
    for (let i = 0; i < used.length; i++) {
      const x = runners.float.values(node.inputs[0], i) as Float32Array;
      observer.add(i, x, { values: runners.quantized.values(input, i), quantization });
    }
    const weights = weightsOf(float, node)!;
    const { fit, held } = observer.finish();
    const given = float.tensors.get(node.inputs[2] ?? "")?.data;
    const channels = weights.shape[weights.axis];
    const bias = Float64Array.from({ length: channels }, (_, o) => Number(given?.[o] ?? 0));
    const settings = recipeFor(recipe, name);
    const scale = quantization?.scale ?? null;
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
    progress("round", done + 1, chosen.length);
  }
  return { graph, layers };
}

/**
 * The float nodes whose weights are rounded anew: those with integer weights that no other node
 * shares, and that the recipe does not leave at 7 or 8 bits as they are.
 */
function layersToRecover(float: CoreGraph, quantized: CoreGraph, recipe: Recipe): CoreNode[] {
  const takers = new Map<string, number>();
  const weightsFor = new Map<string, string>();
  for (const { name, inputs: [, weights] } of quantized.nodes) {
    takers.set(weights, (takers.get(weights) ?? 0) + 1);
    weightsFor.set(name, weights);
  }
  return float.nodes.filter((node) => {
    const name = weightsFor.get(node.name) ?? "";
    return weightsOf(float, node) && takers.get(name) === 1 &&
      quantized.tensors.get(name)?.data instanceof Int8Array &&
      isRounded(recipeFor(recipe, node.name));
  });
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
