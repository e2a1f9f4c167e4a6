/**
 * Finds the layers that lose the accuracy: one quantized at a time, and all together.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { LoadedModel } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { weightsOf } from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import {
  completeRecipe,
  isFloat,
  type LayerSettings,
  type Recipe,
  recipeFor,
} from "../recipe/mod.ts";
import { VERSION } from "../version.ts";
import type { BlameOptions, BlameReport, LayerBlame } from "./blame_options.ts";
import { packPlain } from "./calibrate.ts";
import { chooseRanges } from "./choose_ranges.ts";
import { compress } from "./compress.ts";
import { evenByRecipe } from "./even_activations.ts";
import { LayerNoise } from "./layer_noise.ts";
import { readSource } from "./read_source.ts";
import { openSamples, type Samples } from "./samples.ts";
import { suggest } from "./suggest_rules.ts";
import { type Chosen, Trials } from "./trials.ts";

/** How many samples noise is measured on. */
const NOISE_SAMPLES = 16;

/**
 * Quantizes each layer with weights alone, all others in float, then all by the recipe. Layers come
 * in the order of the model output's signal to quantization noise with them alone, worst first.
 * @throws KedgeError `data/missing` without samples, `usage/recipe` when nothing is quantized.
 */
export async function blame(options: BlameOptions): Promise<BlameReport> {
  const progress = options.progress ?? (() => {});
  const given = completeRecipe(options.recipe ?? {});
  const { core, name, sha256 } = await readSource(options.model, given);
  const samples = await openSamples(core, options, given);
  const even = await evenByRecipe(core, samples, given);
  const recipe = await chooseRanges(even, samples, given, progress);
  const { calibration, evaluation } = samples;
  if (!calibration) throw noSamples();
  const nodes = quantizedNodes(core, recipe);
  const bench = await NoiseBench.open(samples, {
    dataset: calibration.dataset,
    indices: calibration.indices.slice(0, NOISE_SAMPLES),
  });
  const { noise: together, float } = await bench.measure(core, recipe);
  const [output] = core.outputs;
  const layers: LayerBlame[] = [];
  for (const [done, node] of nodes.entries()) {
    progress("blame", done, nodes.length);
    const others = core.nodes.map(({ name }) => name).filter((name) => name !== node.name);
    // As it is among the others: equalized with them.
    const own: Recipe = { ...recipe, equalize: "off", keepFloat: others };
    const { noise: alone } = await bench.measure(float, own);
    const of = (noise: LayerNoise) => ({
      sqnrDb: noise.sqnrDb(node.output),
      cosine: noise.cosine(node.output),
    });
    layers.push({
      name: node.name,
      op: node.op,
      weights: describe(recipeFor(recipe, node.name)),
      parameters: weightsOf(core, node)!.data.length,
      alone: { outputSqnrDb: alone.sqnrDb(output), ...of(alone) },
      together: of(together),
    });
  }
  progress("blame", nodes.length, nodes.length);
  const lost = ({ alone }: LayerBlame) => alone.outputSqnrDb ?? Infinity;
  layers.sort((a, b) => lost(a) - lost(b) || 0);
  const trials = evaluation && await Trials.open(core, evaluation);
  const measure = async (recipe: Recipe) =>
    trials!.accuracy(await trials!.run((await compress(core, samples, recipe, () => {})).graph));
  const { maxDrop } = options;
  const accuracy = trials && await measure(recipe);
  const names = layers.map(({ name }) => name);
  return {
    schema: "kedge/blame/1",
    kedge: VERSION,
    model: { name, sha256 },
    recipe: { ...recipe },
    samples: { noise: bench.count, evaluation: evaluation?.indices.length ?? 0 },
    outputSqnrDb: together.sqnrDb(output),
    accuracy,
    layers,
    suggestion: accuracy && maxDrop !== undefined
      ? await suggest({ recipe, names, accuracy, maxDrop, measure, progress })
      : null,
  };
}

/** Runs float and compressed graphs side by side on a few samples. */
class NoiseBench {
  readonly #loaded = new Map<CoreGraph, LoadedModel>();

  private constructor(readonly samples: Samples, readonly rows: readonly Float32Array[][]) {}

  static async open(samples: Samples, { dataset, indices }: Chosen): Promise<NoiseBench> {
    return new NoiseBench(samples, await Promise.all(indices.map((i) => dataset.inputs(i))));
  }

  /** Number of samples. */
  get count(): number {
    return this.rows.length;
  }

  /** What layers lose against the float graph that has the same activations, and that graph. */
  async measure(core: CoreGraph, recipe: Recipe): Promise<{ noise: LayerNoise; float: CoreGraph }> {
    const { graph, kept, float } = await compress(core, this.samples, recipe, () => {});
    const original = this.#loaded.get(float) ?? await load(await packPlain(float));
    this.#loaded.set(float, original);
    const packed = await load(await packPlain(graph));
    const noise = new LayerNoise(kept);
    for (const row of this.rows) {
      noise.observe(
        original,
        packed,
        Object.fromEntries(core.inputs.map((name, i) => [name, row[i]])),
      );
    }
    return { noise, float };
  }
}

/** Nodes with weights that the recipe quantizes. */
function quantizedNodes(core: CoreGraph, recipe: Recipe): CoreNode[] {
  const nodes = core.nodes.filter((node) =>
    weightsOf(core, node) && !isFloat(recipeFor(recipe, node.name).weights)
  );
  if (nodes.length) return nodes;
  throw new KedgeError({
    code: "usage/recipe",
    message: "Looking for the layers that lose accuracy: the recipe quantizes none",
    got: `${recipe.weights} weights`,
    wanted: "integer weights in some layer with weights",
    hint: "use --weights int8",
  });
}

function describe({ weights, weightBits, activations }: LayerSettings): string {
  const bits = weights === "int8" && weightBits < 8 ? `, ${weightBits} bits` : "";
  return `${weights}${bits}${activations === "float32" ? ", stored" : ""}`;
}

function noSamples(): KedgeError {
  return new KedgeError({
    code: "data/missing",
    message: "Looking for the layers that lose accuracy: there are no samples to run",
    wanted: "samples of what the model will see, labelled or not",
    hint: "give --data",
  });
}
