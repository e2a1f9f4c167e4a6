/**
 * What each way to compress costs in accuracy, on samples that calibration never sees.
 * @module
 */
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { compareOutputs } from "../check/mod.ts";
import type { AccuracyReport } from "../check/report.ts";
import { createOracle, type Dataset } from "../data/mod.ts";
import { completeRecipe, type Recipe } from "../recipe/mod.ts";
import { packPlain } from "../stages/calibrate.ts";
import { compress } from "../stages/compress.ts";
import type { Progress } from "../stages/options.ts";
import { readSource, type SourceModel } from "../stages/read_source.ts";
import { openSamples, type Samples } from "../stages/samples.ts";
import type { Method } from "./compression_methods.ts";
import { timeInTurn } from "./time_in_turn.ts";

/** What to measure. */
export interface CompressionBenchOptions {
  /** Path of the model. */
  model: string;
  /** Path of the labelled data; one half calibrates, the other is evaluated. */
  data: string;
  /** 2 for both ways round, so that every sample is evaluated once. */
  halves: 1 | 2;
  /** What every method's recipe has besides. */
  recipe: Partial<Recipe>;
  /** What is compared. */
  methods: readonly Method[];
  /** Told how far it is. */
  progress: Progress;
}

/** What a method gave. */
export interface MethodReport {
  /** What the table calls it. */
  name: string;
  /** All that it was told. */
  recipe: Recipe;
  /** Against the original, on the samples that were not calibrated with. */
  accuracy: AccuracyReport;
  /** Seconds that compressing took, calibration included, for each half. */
  seconds: number;
  /** Milliseconds of a warm inference on one thread of this process; all methods run in turn. */
  ms: number;
  /** By layer: how it was rounded, and its mean squared error over its output's variance. */
  layers: { name: string; method: string; error: number }[];
}

/** One model's table. */
export interface CompressionReport {
  /** File name of the original. */
  model: string;
  /** In the order of the table. */
  methods: MethodReport[];
}

/**
 * Measures every method on the half (or both halves) that it was not calibrated with, against the
 * original in ONNX Runtime.
 */
export async function benchCompression(
  options: CompressionBenchOptions,
): Promise<CompressionReport> {
  const { model, data, methods, progress } = options;
  const base = completeRecipe(options.recipe);
  const source = await readSource(model, base.dims);
  const all = await openSamples(source.core, { data }, base);
  const { dataset } = all.calibration!;
  const halves = await splitHalves(source, data, base, dataset.count);
  const tried = halves.slice(0, options.halves);
  const evaluated = tried.flatMap(({ evaluation }) => evaluation!.indices);
  const original = await answersOf(source, dataset, evaluated, progress);
  const labels = dataset.labels && evaluated.map((i) => dataset.labels![i]);
  const reports: MethodReport[] = [];
  const runs: (() => void)[] = [];
  for (const [done, { name, recipe: own }] of methods.entries()) {
    progress("methods", done, methods.length);
    const recipe = completeRecipe({ ...options.recipe, ...own });
    const answers: Float32Array[][] = [];
    let seconds = 0;
    let layers: MethodReport["layers"] = [];
    for (const half of tried) {
      const start = performance.now();
      const { graph, recovery } = await compress(source.core, half, recipe, progress);
      seconds += (performance.now() - start) / 1000;
      layers = [...recovery].map(([name, { method, error }]) => ({ name, method, error }));
      const loaded = await load(await packPlain(graph));
      for (const [i, sample] of half.evaluation!.indices.entries()) {
        const inputs = await dataset.inputs(sample);
        const named = Object.fromEntries(graph.inputs.map((input, at) => [input, inputs[at]]));
        const outputs = run(loaded, named);
        answers.push(graph.outputs.map((output) => Float32Array.from(outputs[output])));
        progress("evaluate", i + 1, half.evaluation!.indices.length);
        if (half === tried[0] && i === 0) runs.push(() => run(loaded, named));
      }
    }
    const { accuracy } = compareOutputs({
      ...{ metric: dataset.metric, labels, original, bundle: answers },
    });
    reports.push({
      ...{ name, recipe, accuracy: accuracy!, seconds: seconds / tried.length, ms: 0, layers },
    });
  }
  timeInTurn(runs).forEach((ms, i) => reports[i].ms = ms);
  return { model: source.name, methods: reports };
}

/** Both ways to calibrate with one half and to evaluate the other. */
async function splitHalves(
  source: SourceModel,
  data: string,
  recipe: Recipe,
  count: number,
): Promise<Samples[]> {
  const calibrationSamples = Math.max(1, Math.floor(count / 2));
  const first = await openSamples(source.core, { data }, { ...recipe, calibrationSamples });
  return [first, { ...first, calibration: first.evaluation, evaluation: first.calibration }];
}

/** What the original says, in ONNX Runtime. */
async function answersOf(
  source: SourceModel,
  dataset: Dataset,
  samples: readonly number[],
  progress: Progress,
): Promise<Float32Array[][]> {
  const { core, bytes, beside } = source;
  const shapes = Object.fromEntries(
    core.inputs.map((name) => [name, core.tensors.get(name)!.shape!]),
  );
  const oracle = await createOracle(bytes, { shapes, externalData: beside });
  const answers: Float32Array[][] = [];
  for (const [i, sample] of samples.entries()) {
    answers.push(await oracle.run(await dataset.inputs(sample)));
    progress("original", i + 1, samples.length);
  }
  await oracle.close();
  return answers;
}
