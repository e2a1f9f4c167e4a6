/**
 * Rounds the weights of a quantized graph anew, layer after layer, each for the inputs that the
 * layers before it now give.
 * @module
 */
import {
  biasUnit,
  fromRows,
  gridOf,
  integerBias,
  type RealLayer,
  type RecoveredLayer,
  recoverLayer,
  roundFinely,
  stepFloors,
  weightRows,
  weightsOf,
} from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { isRounded, type LayerSettings, type Recipe, recipeFor } from "../recipe/mod.ts";
import { type BitPrices, bitPrices } from "./bit_prices.ts";
import type { Progress } from "./options.ts";
import type { Samples } from "./samples.ts";
import { hasFineWeights, type LayerSite, limitOf, walkLayers } from "./walk_layers.ts";

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
  const isFine = (node: CoreNode) => hasFineWeights(float, node, recipeFor(recipe, node.name));
  const chosen = layersToRecover(
    float,
    quantized,
    recipe,
    (settings, node) => isRounded(settings) || isFine(node),
  );
  if (!calibration || !chosen.length) return { graph: quantized, layers };
  const graph = { ...quantized, nodes: [...quantized.nodes], tensors: new Map(quantized.tensors) };
  const prices = await pricesFor(float, chosen, calibration, recipe);
  let done = 0;
  for await (const site of walkLayers(float, graph, chosen, calibration, recipe, isFine)) {
    const { layer, constants } = roundLayer(site, recipe, prices);
    layers.set(site.node.name, { method: layer.method, error: layer.error, tried: layer.tried });
    replaceWeights(graph, site.node.name, constants);
    progress("round", ++done, chosen.length);
  }
  return { graph, layers };
}

/**
 * The same for several ways to round: each layer by each of them, where the layers before it are as
 * they are in `quantized`.
 * @param variants each with the float graph, pruned perhaps, and its recipe.
 * @returns constants by node name, by variant.
 */
export async function recoverEach(
  float: CoreGraph,
  quantized: CoreGraph,
  { calibration }: Samples,
  variants: readonly { graph: CoreGraph; recipe: Recipe }[],
  progress: Progress,
): Promise<Map<string, LayerConstants>[]> {
  const found = variants.map(() => new Map<string, LayerConstants>());
  const chosen = variants.map(({ recipe }) =>
    new Set(layersToRecover(float, quantized, recipe, isRounded).map(({ name }) => name))
  );
  const nodes = float.nodes.filter(({ name }) => chosen.some((names) => names.has(name)));
  if (!calibration || !nodes.length) return found;
  const prices = await Promise.all(
    variants.map(({ recipe }) => pricesFor(float, nodes, calibration, recipe)),
  );
  let done = 0;
  const [{ recipe: first }] = variants;
  // Variants have steps of their own.
  const isFine = () => false;
  for await (const site of walkLayers(float, quantized, nodes, calibration, first, isFine)) {
    const { name } = site.node;
    for (const [i, { graph, recipe }] of variants.entries()) {
      if (!chosen[i].has(name)) continue;
      const weights = weightsOf(graph, graph.nodes.find((node) => node.name === name)!)!;
      found[i].set(name, roundLayer({ ...site, weights }, recipe, prices[i]).constants);
    }
    progress("round", ++done, nodes.length);
  }
  return found;
}

/** Integer weights and bias of a layer. */
export interface LayerConstants {
  weights: Int8Array;
  quantization: RecoveredLayer["quantization"];
  bias: Int32Array | Float32Array;
}

/** What a bit is worth in every channel at λ = 1, where a layer counts bits. */
function pricesFor(
  float: CoreGraph,
  nodes: readonly CoreNode[],
  calibration: NonNullable<Samples["calibration"]>,
  recipe: Recipe,
): Promise<Map<string, BitPrices> | null> | null {
  const counts = nodes.some(({ name }) => recipeFor(recipe, name).rateDistortion > 0);
  const samples = { calibration, evaluation: null, split: null };
  return counts ? bitPrices(float, samples, recipe.seed) : null;
}

/** Rounds one layer's weights. */
function roundLayer(
  { node, weights, bias, scale, seen }: LayerSite,
  recipe: Recipe,
  prices: ReadonlyMap<string, BitPrices> | null,
): { layer: RecoveredLayer; constants: LayerConstants } {
  const settings = recipeFor(recipe, node.name);
  const own = prices?.get(node.name);
  const { depth, axis } = weights;
  const { biasCorrection: correctBias } = settings;
  const linear = { rows: weightRows(weights), bias, depth, correctBias };
  const layer = "plain" in seen
    ? roundFinely({ ...linear, ...seen, limit: limitOf(node, settings) })
    : recoverLayer({
      ...{ ...linear, ...seen, axis },
      grid: gridOf(settings, node.op),
      round: settings.round,
      lambda: settings.rateDistortion,
      prices: own?.prices.map((price) => price * settings.rateDistortion) ?? null,
      shares: own?.shares ?? null,
      powersOfTwo: recipe.scales === "pow2",
      floors: stepFloors(bias, depth, scale),
    });
  const constants = {
    weights: fromRows(layer.integers, weights),
    quantization: layer.quantization,
    bias: scale === null ? Float32Array.from(layer.bias) : integerBias(
      layer.bias,
      layer.steps,
      scale,
      weights.depth,
      biasUnit(settings.rateDistortion),
    ),
  };
  return { layer, constants };
}

/**
 * The float nodes whose weights are rounded anew: those with integer weights that no other node
 * shares, whose settings say so.
 */
function layersToRecover(
  float: CoreGraph,
  quantized: CoreGraph,
  recipe: Recipe,
  isWanted: (settings: LayerSettings, node: CoreNode) => boolean,
): CoreNode[] {
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
      isWanted(recipeFor(recipe, node.name), node);
  });
}

/** Puts new constants into the graph, which is changed. */
export function replaceWeights(
  graph: CoreGraph,
  name: string,
  { weights, quantization, bias }: LayerConstants,
): void {
  const at = graph.nodes.findIndex((node) => node.name === name);
  const node = graph.nodes[at];
  const [x, w] = node.inputs;
  graph.tensors.set(w, { ...graph.tensors.get(w)!, data: weights, quantization });
  const biasName = `${node.output}/bias`;
  const dtype = bias instanceof Int32Array ? "int32" : "float32";
  graph.tensors.set(biasName, { name: biasName, dtype, shape: [bias.length], data: bias });
  graph.nodes[at] = { ...node, inputs: [x, w, biasName] };
}

/** Puts what was learned of a layer into the graph, which is changed. */
export function replaceLearned(
  graph: CoreGraph,
  name: string,
  { integers, bias }: { integers: Int8Array; bias: Float32Array },
  { steps, scale }: RealLayer,
  recipe: Recipe,
): void {
  const { inputs: [, w] } = graph.nodes.find((node) => node.name === name)!;
  const unit = biasUnit(recipeFor(recipe, name).rateDistortion);
  replaceWeights(graph, name, {
    weights: integers,
    quantization: graph.tensors.get(w)!.quantization!,
    bias: scale === null
      ? bias
      : integerBias(Float64Array.from(bias), steps, scale, integers.length / bias.length, unit),
  });
}
