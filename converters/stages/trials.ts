/**
 * Graphs tried inside the converter, on the same samples as the float model.
 * @module
 */
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { compareOutputs } from "../check/mod.ts";
import type { AccuracyReport } from "../check/report.ts";
import type { Dataset } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { divergences, mean, squaredErrors } from "../search/mod.ts";
import { packPlain } from "./calibrate.ts";

/** Samples of a dataset. */
export interface Chosen {
  dataset: Dataset;
  /** Numbers of the samples. */
  indices: readonly number[];
}

/** The float model's outputs on some samples, and what other graphs give on them. */
export class Trials {
  constructor(
    readonly samples: Chosen,
    /** Float outputs: sample, output, values. */
    readonly original: readonly Float32Array[][],
  ) {}

  /** Runs the float model once. */
  static async open(core: CoreGraph, samples: Chosen): Promise<Trials> {
    return new Trials(samples, await outputsOf(core, samples));
  }

  /** Accuracy of a graph beside the float model's, by the dataset's metric. */
  accuracy(outputs: readonly Float32Array[][]): AccuracyReport {
    const { dataset: { metric, labels }, indices } = this.samples;
    const chosen = labels && indices.map((i) => labels[i]);
    const { original } = this;
    return compareOutputs({ metric, labels: chosen, original, bundle: outputs }).accuracy!;
  }

  /**
   * How far outputs are from the float model's, by sample: divergence of classes' probabilities where
   * there are classes, else squared error.
   * @param temperature that softens probabilities, 1 for as they are.
   */
  losses(outputs: readonly Float32Array[][], temperature = 1): number[] {
    const { samples, original } = this;
    const classes = samples.dataset.metric !== "mse" && original[0][0].length > 1;
    return classes
      ? divergences(
        original.map(([scores]) => scores),
        outputs.map(([scores]) => scores),
        temperature,
      )
      : squaredErrors(original, outputs);
  }

  /** The mean of these. */
  loss(outputs: readonly Float32Array[][]): number {
    return mean(this.losses(outputs));
  }

  /** Outputs of another graph on the same samples. */
  run(graph: CoreGraph): Promise<Float32Array[][]> {
    return outputsOf(graph, this.samples);
  }
}

/** Runs a graph on samples: sample, output, values. */
async function outputsOf(
  graph: CoreGraph,
  { dataset, indices }: Chosen,
): Promise<Float32Array[][]> {
  const loaded = await load(await packPlain(graph));
  const all: Float32Array[][] = [];
  for (const index of indices) {
    const inputs = await dataset.inputs(index);
    const named = Object.fromEntries(graph.inputs.map((name, i) => [name, inputs[i]]));
    const outputs = run(loaded, named);
    all.push(graph.outputs.map((name) => Float32Array.from(outputs[name])));
  }
  return all;
}
