/**
 * Walks through a float graph and its quantized form side by side, layer by layer.
 * @module
 */
import {
  commonStep,
  type FineLayer,
  gridOf,
  realLayer,
  weightRows,
  type Weights,
  weightsOf,
} from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { isRoundedFinely, type LayerSettings, type Recipe } from "../recipe/mod.ts";
import { affordableSamples, spreadOver } from "./affordable_samples.ts";
import { ColumnObserver, type LayerColumns } from "./column_observer.ts";
import { NodeRunner } from "./node_runner.ts";
import type { Samples } from "./samples.ts";
import { LayerObserver, type LayerStatistics, STATISTICS_SAMPLES } from "./statistics.ts";
import { viewsOf } from "./views.ts";

/** Where more samples calibrate, as many are used as take so many multiplications, at most so many. */
const PRODUCTS = 1e10;
const MOST_SAMPLES = 4096;
/** The same where all steps are fine, which are left as they are where that is fewer than usual. */
const FINE_PRODUCTS = 2e10;
const MOST_FINE_SAMPLES = 256;

/** One layer with what came in. */
export interface LayerSite {
  node: CoreNode;
  weights: Weights;
  bias: Float64Array;
  /** Of the quantized input; null where it is float. */
  scale: number | null;
  seen: LayerStatistics | (LayerColumns & Pick<FineLayer, "plain">);
}

/**
 * Runs both graphs up to each of the nodes, in turn, and looks at what comes into it.
 * @param isFine whether a node is to be rounded on the steps that it has.
 */
export async function* walkLayers(
  float: CoreGraph,
  quantized: CoreGraph,
  nodes: readonly CoreNode[],
  { dataset, indices }: NonNullable<Samples["calibration"]>,
  recipe: Recipe,
  isFine: (node: CoreNode) => boolean,
): AsyncGenerator<LayerSite> {
  const fine = new Set(nodes.filter(isFine));
  const affordable = fine.size === nodes.length
    ? affordableSamples(float, FINE_PRODUCTS, MOST_FINE_SAMPLES)
    : Math.max(STATISTICS_SAMPLES, affordableSamples(float, PRODUCTS, MOST_SAMPLES));
  const used = spreadOver(indices, affordable);
  const views = await viewsOf(float, dataset, used, recipe);
  const inputs = views.map(({ inputs }) => inputs);
  const runners = {
    float: new NodeRunner(float, inputs),
    quantized: new NodeRunner(quantized, inputs),
  };
  for (const node of nodes) {
    await runners.float.runUpTo(node.name);
    await runners.quantized.runUpTo(node.name);
    const [input] = quantized.nodes.find(({ name }) => name === node.name)!.inputs;
    const observer = fine.has(node)
      ? new ColumnObserver(float, node, views.length, recipe.seed)
      : new LayerObserver(float, node, views.length, recipe.seed, true);
    const quantization = quantized.tensors.get(input)!.quantization ?? null;
    for (const [i, { place }] of views.entries()) {
      const x = runners.float.values(node.inputs[0], i) as Float32Array;
      observer.add(place, x, { values: runners.quantized.values(input, i), quantization });
    }
    const weights = weightsOf(float, node)!;
    const given = float.tensors.get(node.inputs[2] ?? "")?.data;
    const channels = weights.shape[weights.axis];
    const bias = Float64Array.from({ length: channels }, (_, o) => Number(given?.[o] ?? 0));
    const seen = observer instanceof ColumnObserver
      ? { ...observer.finish(), plain: plainOf(float, quantized, node, weights) }
      : observer.finish();
    yield { node, weights, bias, scale: quantization?.scale ?? null, seen };
  }
}

/** Weights as they are rounded one by one, with their steps. */
function plainOf(
  float: CoreGraph,
  quantized: CoreGraph,
  node: CoreNode,
  weights: Weights,
): FineLayer["plain"] {
  const { integers, steps } = realLayer(float, quantized, node)!;
  const { inputs } = quantized.nodes.find(({ name }) => name === node.name)!;
  const rows = weightRows({ ...weights, data: Float32Array.from(integers) });
  const { quantization } = quantized.tensors.get(inputs[1])!;
  return { integers: Int8Array.from(rows), steps, quantization: quantization! };
}

/**
 * Whether a layer is rounded on the fine steps that it has: of a model so small that enough samples can
 * be looked at, with weights that are not yet integers, which would stay the same.
 */
export function hasFineWeights(float: CoreGraph, node: CoreNode, settings: LayerSettings): boolean {
  return isRoundedFinely(settings) &&
    affordableSamples(float, FINE_PRODUCTS, STATISTICS_SAMPLES) === STATISTICS_SAMPLES &&
    commonStep(weightsOf(float, node)!.data, limitOf(node, settings)) === null;
}

/** The largest integer on a layer's grid. */
export function limitOf({ op }: CoreNode, settings: LayerSettings): number {
  const grid = gridOf(settings, op);
  return grid.kind === "uniform" ? grid.high : Infinity;
}
