/**
 * Learns rounded weights again block by block, each for the inputs that the quantized blocks before
 * it give.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import {
  BATCH,
  type Block,
  type BlockLesson,
  blocksOf,
  type Choices,
  choicesOf,
  columnLayout,
  putLayer,
  type RealLayer,
  realLayer,
  reconstructBlock,
  type ReconstructedBlock,
  weightsOf,
} from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { type LayerSettings, type Recipe, recipeFor } from "../recipe/mod.ts";
import { spreadOver } from "./affordable_samples.ts";
import { NodeRunner } from "./node_runner.ts";
import type { Progress } from "./options.ts";
import { type LayerRecovery, type Recovered, replaceLearned } from "./recover.ts";
import type { Samples } from "./samples.ts";
import { isHeldOut, STATISTICS_SAMPLES } from "./statistics.ts";

/** Products that all steps together run forwards, at most. */
const PRODUCTS = 2e10;
/** Steps at most, and with fewer than which `auto` does not begin. */
const [MOST, FEWEST] = [400, 200];
/** Levels a weight can take from which on `auto` does not begin: it seldom gains anything there. */
const LEVELS = 5;
/** Activations that are held for one block, at most. */
const VALUES = 5e7;

/**
 * Runs the float graph and the recovered one block by block. Layers that the recipe rounds by `block`
 * are learned, and those by `auto` that have few levels, in models so small that it takes less than a
 * minute; a block keeps the rounding that it had where that errs less on held-out samples.
 */
export async function reconstruct(
  float: CoreGraph,
  recovered: Recovered,
  { calibration }: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<Recovered> {
  const affordable = Math.floor(PRODUCTS / BATCH / productsOf(float));
  const steps = Math.max(FEWEST, Math.min(MOST, affordable));
  const learned = (name: string) => {
    const settings = recipeFor(recipe, name);
    const { round, rateDistortion } = settings;
    // What blocks learn counts no bits.
    return recovered.layers.has(name) && rateDistortion === 0 &&
      (round === "block" || (round === "auto" && affordable >= FEWEST && isCoarse(settings)));
  };
  const blocks = blocksOf(float).filter(({ nodes }) => nodes.some(({ name }) => learned(name)));
  if (!calibration || !blocks.length) return recovered;
  const { nodes, tensors } = recovered.graph;
  const graph = { ...recovered.graph, nodes: [...nodes], tensors: new Map(tensors) };
  const layers = new Map(recovered.layers);
  const used = spreadOver(calibration.indices, STATISTICS_SAMPLES);
  const inputs = await Promise.all(used.map((sample) => calibration.dataset.inputs(sample)));
  const runners = {
    float: new NodeRunner(float, inputs),
    quantized: new NodeRunner(graph, inputs),
  };
  for (const [done, block] of blocks.entries()) {
    const site = siteOf(float, graph, recipe, block, learned);
    const lessons = await lessonsOf(graph, block, site.feeds, runners, used.length);
    const made = lessons && tryBlock({ ...site, lessons, steps, seed: recipe.seed });
    if (made) note(graph, layers, site, made, recipe);
    progress("blocks", done + 1, blocks.length);
  }
  return { graph, layers };
}

function isCoarse({ weights, weightBits, bases }: LayerSettings): boolean {
  return weights === "int2" || weights === "ternary" || (weights === "binary" && bases < 3) ||
    (weights === "int8" && 2 ** weightBits < LEVELS) ||
    (weights.startsWith("codebook:") && Number(weights.slice(9)) < LEVELS);
}

/** Products of one sample. */
function productsOf(graph: CoreGraph): number {
  return graph.nodes.reduce((sum, node) => {
    const layout = columnLayout(graph, node);
    return layout ? sum + layout.positions * weightsOf(graph, node)!.data.length : sum;
  }, 0);
}

/** A block cut out of the float graph, with the constants of the quantized one. */
interface Site {
  graph: CoreGraph;
  output: string;
  feeds: string[];
  /** By the names of the nodes that learn. */
  choices: Map<string, Choices>;
  /** The same layers as they were. */
  real: Map<string, RealLayer>;
}

function siteOf(
  float: CoreGraph,
  quantized: CoreGraph,
  recipe: Recipe,
  { nodes, output }: Block,
  learned: (name: string) => boolean,
): Site {
  const tensors = new Map(float.tensors);
  const choices = new Map<string, Choices>();
  const real = new Map<string, RealLayer>();
  const own = nodes.map((node) => {
    const layer = realLayer(float, quantized, node);
    if (!layer) return node;
    real.set(node.name, layer);
    if (learned(node.name)) {
      const { group } = recipeFor(recipe, node.name);
      const { float: weights, integers, steps } = layer;
      choices.set(node.name, choicesOf(weights, integers, steps, group || weights.depth));
    }
    return putLayer(tensors, node, layer);
  });
  const made = new Set(own.map((node) => node.output));
  const feeds = [...new Set(own.flatMap((node) => node.inputs))]
    .filter((name) => !made.has(name) && !tensors.get(name)!.data);
  const graph = { ...float, nodes: own, tensors, inputs: feeds, outputs: [output] };
  return { graph, output, feeds, choices, real };
}

/** What comes into a block in both graphs, and what the float one gives. */
async function lessonsOf(
  quantized: CoreGraph,
  { nodes, output }: Block,
  feeds: readonly string[],
  runners: { float: NodeRunner; quantized: NodeRunner },
  samples: number,
): Promise<BlockLesson[] | null> {
  await runners.float.runUpTo(nodes[0].name);
  await runners.quantized.runUpTo(nodes[0].name);
  const sizes = feeds.reduce((sum, name) => sum + runners.float.values(name, 0).length, 0);
  const count = Math.min(samples, Math.floor(VALUES / sizes / 3));
  if (count < 4) return null;
  const lessons = Array.from({ length: count }, (_, i): BlockLesson => ({
    feeds: new Map(feeds.map((name) => {
      const reader = nodes.find(({ inputs }) => inputs.includes(name))!;
      const other = quantized.nodes.find((node) => node.name === reader.name)!;
      const given = other.inputs[reader.inputs.indexOf(name)];
      const { quantization } = quantized.tensors.get(given)!;
      const { scale, zeroPoint } = quantization ?? { scale: 1, zeroPoint: 0 };
      const values = runners.quantized.values(given, i);
      return [name, {
        float: runners.float.values(name, i) as Float32Array,
        quantized: Float32Array.from(values, (q) => (q - zeroPoint) * scale),
      }];
    })),
    target: new Float32Array(),
    held: isHeldOut(i, count),
  }));
  await runners.float.runPast(nodes.at(-1)!.name);
  lessons.forEach((lesson, i) => lesson.target = runners.float.values(output, i) as Float32Array);
  return lessons;
}

/** What was learned; null where an operator of the block cannot run backwards. */
function tryBlock(problem: Parameters<typeof reconstructBlock>[0]): ReconstructedBlock | null {
  try {
    return reconstructBlock(problem);
  } catch (error) {
    if (error instanceof KedgeError) return null;
    throw error;
  }
}

/** Puts what was learned into the graph, which is changed, and into the report. */
function note(
  graph: CoreGraph,
  reports: Map<string, LayerRecovery>,
  { choices, real }: Site,
  { layers, before, after }: ReconstructedBlock,
  recipe: Recipe,
): void {
  for (const name of choices.keys()) {
    const known = reports.get(name)!;
    const tried = { ...known.tried, "block as it was": before, "block learned": after };
    const method = layers ? `${known.method}, learned by block` : known.method;
    reports.set(name, { ...known, tried, method });
    const learned = layers?.get(name);
    if (!learned) continue;
    replaceLearned(graph, name, learned, real.get(name)!, recipe);
  }
}
