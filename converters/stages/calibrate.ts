/**
 * Runs the float model over the calibration samples and collects what compression needs to know:
 * the range of every activation and the mean input of every convolution.
 * @module
 */
import { load } from "../../runtime/hosts/load.ts";
import { run } from "../../runtime/engine/session.ts";
import type { Provenance } from "../../runtime/format/model.ts";
import { MeanPatchObserver } from "../compress/mod.ts";
import { type Dataset, type Range, RangeObserver, type RangeSettings } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { pack } from "../pack/mod.ts";
import { planMemory } from "../plan/mod.ts";
import { type LayerSettings, type Recipe, recipeFor } from "../recipe/mod.ts";

/** What the calibration samples showed. */
export interface Calibration {
  /** Range of every activation by tensor name. */
  ranges: Map<string, Range>;
  /** Mean input patch of every convolution and fully connected node, by node name. */
  meanPatches: Map<string, Float64Array>;
}

/** Packs a graph for runs inside the converter: no labels, no golden samples. */
export function packPlain(graph: CoreGraph): Promise<Uint8Array<ArrayBuffer>> {
  const provenance: Provenance = {
    name: graph.name,
    sha256: "",
    kedge: "",
    recipe: "",
  };
  return pack(graph, planMemory(graph), {
    preprocess: null,
    labels: [],
    golden: [],
    provenance,
  });
}

/** What was observed before, by graph and by all else that decides it. */
const KNOWN = new WeakMap<CoreGraph, Map<string, Promise<Calibration>>>();

/**
 * `calibrate`, or what it gave when the same graph was observed in the same way: trying many recipes
 * on one model takes that once.
 */
export function calibrateOnce(
  graph: CoreGraph,
  dataset: Dataset,
  samples: readonly number[],
  recipe: Recipe,
  onSample: (done: number) => void,
): Promise<Calibration> {
  const known = KNOWN.get(graph) ?? new Map<string, Promise<Calibration>>();
  KNOWN.set(graph, known);
  const settings = graph.nodes.map(({ name }) => {
    const { calibrate, percentile, biasCorrection } = recipeFor(recipe, name);
    return [calibrate, percentile, biasCorrection];
  });
  const key = JSON.stringify([dataset.source, samples, recipe.calibrate, settings]);
  const found = known.get(key) ?? calibrate(graph, dataset, samples, recipe, onSample);
  known.set(key, found);
  return found;
}

/**
 * Observes the float graph on the given samples.
 * @param onSample is told after each sample.
 */
export async function calibrate(
  graph: CoreGraph,
  dataset: Dataset,
  samples: readonly number[],
  recipe: Recipe,
  onSample: (done: number) => void,
): Promise<Calibration> {
  const settings = new Map(
    graph.nodes.map(({ name, output }) => [output, recipeFor(recipe, name)]),
  );
  const ranges = new RangeObserver((tensor) => rangeSettings(settings.get(tensor) ?? recipe));
  const patches = new MeanPatchObserver(graph);
  const corrects = settings.values().some(({ biasCorrection }) => biasCorrection);
  const see = (name: string, values: Float32Array) => {
    ranges.observe(name, values);
    if (corrects) patches.observe(name, values);
  };
  await runFloat(graph, dataset, samples, see, onSample);
  return { ranges: ranges.ranges(), meanPatches: patches.means() };
}

/** How a range is found where nothing was compared: by all values. */
export function rangeSettings({ calibrate, percentile }: LayerSettings): RangeSettings {
  return { calibrate: calibrate === "auto" ? "minmax" : calibrate, percentile };
}

/**
 * Runs a float graph on samples.
 * @param see is told the values of the inputs and of every node's output, and the sample's place.
 * @param onSample is told after each sample.
 * @returns sample, output, values.
 */
export async function runFloat(
  graph: CoreGraph,
  dataset: Dataset,
  samples: readonly number[],
  see: (name: string, values: Float32Array, place: number) => void,
  onSample: (done: number) => void,
): Promise<Float32Array[][]> {
  const loaded = await load(await packPlain(graph));
  const names = loaded.model.operators.map(({ output }) => loaded.model.tensors[output].name);
  const all: Float32Array[][] = [];
  for (const [place, sample] of samples.entries()) {
    const inputs = await dataset.inputs(sample);
    const named = Object.fromEntries(graph.inputs.map((name, i) => [name, inputs[i]]));
    for (const [name, values] of Object.entries(named)) see(name, values, place);
    const outputs = run(loaded, named, (index, { buffer, byteOffset, length }) => {
      see(names[index], new Float32Array(buffer, byteOffset, length / 4), place);
    });
    all.push(graph.outputs.map((name) => Float32Array.from(outputs[name])));
    onSample(place + 1);
  }
  return all;
}
