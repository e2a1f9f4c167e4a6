/**
 * Gives layers weights of 7 bits where they run faster so, as far as the outputs lose little by it.
 * @module
 */
import { gainsByTiles, INT8_TILES } from "../../runtime/engine/steps/winograd.ts";
import type { ModelOperator } from "../../runtime/format/model.ts";
import { columnLayout, quantize, quantizeWeightsOnly, weightsOf } from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { type LayerRule, type Recipe, recipeFor } from "../recipe/mod.ts";
import { affordableSamples, spreadOver } from "./affordable_samples.ts";
import { calibrateOnce } from "./calibrate.ts";
import type { Progress } from "./options.ts";
import type { Samples } from "./samples.ts";
import { Trials } from "./trials.ts";

/** Samples that are looked at, at most, and multiplications of all their runs together. */
const LOOKED_AT = 128;
const PRODUCTS = 2e10;
/** What the outputs may lose, as a multiple of what they lose with 8 bits. */
const ALLOWED = 1.1;
/**
 * From so many products a sum, and so many channels, the kernel for 7 bits is faster by a tenth or
 * more (measured); by less, or slower, below.
 */
const DEPTH = 64;
const CHANNELS = 32;
/** Layers with a smaller share of the model's products are left as they are. */
const SHARE = 0.01;

/**
 * The recipe with 7 bits for layers that gain, where it says `reduceRange: "auto"`; then it says "off".
 *
 * All that gain get them if the outputs lose at most a tenth more than with 8 bits everywhere; else
 * each half of them is tried with what was taken before, those with the most products first. Weights
 * are rounded to the nearest, so the samples that found the ranges can judge.
 */
export async function reduceRange(
  core: CoreGraph,
  { calibration }: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<Recipe> {
  const plain: Recipe = { ...recipe, reduceRange: "off" };
  const gaining = recipe.reduceRange === "auto" ? layersThatGain(core, recipe) : [];
  if (!calibration || !gaining.length) return plain;
  const { dataset, indices } = calibration;
  const { ranges, meanPatches } = await calibrateOnce(core, dataset, indices, recipe, () => {});
  const used = spreadOver(indices, affordableSamples(core, PRODUCTS, LOOKED_AT));
  const trials = await Trials.open(core, { dataset, indices: used });
  const lossOf = async (tried: Recipe) => {
    const options = { recipe: tried, meanPatches };
    const { graph } = quantizeWeightsOnly(quantize(core, ranges, options).graph, options);
    return trials.loss(await trials.run(graph));
  };
  const most = ALLOWED * await lossOf(plain);
  let best = plain;
  let done = 0;
  /** Takes all of these, or what can be taken of each half. */
  const take = async (names: readonly string[]): Promise<void> => {
    const rules = names.map((match): LayerRule => ({ match, weightBits: 7 }));
    const tried = { ...best, layers: [...best.layers, ...rules] };
    const half = names.length >> 1;
    if (await lossOf(tried) <= most) best = tried;
    else if (half) {
      await take(names.slice(0, half));
      return await take(names.slice(half));
    }
    done += names.length;
    progress("bits", done, gaining.length);
  };
  await take(gaining);
  return best;
}

/** Names of the layers of 8 bits that run faster with 7, those with the most products first. */
function layersThatGain(core: CoreGraph, recipe: Recipe): string[] {
  const all = core.nodes.flatMap((node) => {
    const weights = weightsOf(core, node);
    const layout = columnLayout(core, node);
    if (!weights || !layout) return [];
    return [{ node, ...layout, products: layout.positions * weights.data.length }];
  });
  const total = all.reduce((sum, { products }) => sum + products, 0);
  return all.filter(({ node, blocks, depth, products }) => {
    const { weights, weightBits, activations } = recipeFor(recipe, node.name);
    const [outputs] = core.tensors.get(node.inputs[1])!.shape!;
    return weights === "int8" && weightBits === 8 && activations === "int8" &&
      node.op !== "DepthwiseConv2D" && depth >= DEPTH && outputs / blocks >= CHANNELS &&
      products >= SHARE * total && !runsByTiles(core, node);
  }).sort((a, b) => b.products - a.products).map(({ node }) => node.name);
}

/** Whether a layer runs by Winograd's algorithm, which 8 bits suit as well. */
function runsByTiles(core: CoreGraph, { op, inputs: [x, w], output, params }: CoreNode): boolean {
  if (op !== "Conv2D") return false;
  const [[batch, height, width, channels], [outputs, kernelH, kernelW], [, outH, outW]] = [
    ...[x, w, output].map((name) => core.tensors.get(name)!.shape!),
  ];
  return gainsByTiles(INT8_TILES, {
    ...{ batch, height, width, channels, outH, outW, outputs, kernelH, kernelW },
    ...params as ModelOperator<"Conv2D">["params"],
  });
}
