/**
 * Runs the float model over the calibration samples and collects the second moments of every
 * layer's input columns.
 * @module
 */
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import {
  columnLayout,
  columnsOf,
  type Moments,
  MomentSums,
  positionsPerSample,
  samplePositions,
} from "../compress/mod.ts";
import type { Dataset } from "../data/mod.ts";
import type { CoreGraph, CoreNode, Quantization } from "../graph/graph.ts";
import { spreadOver } from "./affordable_samples.ts";
import { packPlain } from "./calibrate.ts";

/** Moments of one layer over two disjoint sets of samples. */
export interface LayerStatistics {
  /** What methods fit to. */
  fit: Moments;
  /** What their errors are measured on. */
  held: Moments;
}

/** Samples that are looked at, at most. */
export const STATISTICS_SAMPLES = 128;

/** Whether sample number `i` of `count` is held out: every fourth. Of few, none is. */
export function isHeldOut(i: number, count: number): boolean {
  return count >= 4 && i % 4 === 3;
}

/** An activation as it stands in a compressed graph. */
export interface ActivationValues {
  values: Float32Array | Int8Array;
  /** Null where values are real. */
  quantization: Quantization | null;
}

/** Collects the moments of one layer, sample by sample. */
export class LayerObserver {
  readonly #fit: MomentSums;
  readonly #held: MomentSums;
  readonly #wanted: number;
  readonly #positions: number;

  /**
   * @param samples how many there will be.
   * @param seed decides which positions are looked at.
   * @param paired whether the compressed model's input is given as well.
   */
  constructor(
    readonly graph: CoreGraph,
    readonly node: CoreNode,
    readonly samples: number,
    readonly seed: number,
    paired: boolean,
  ) {
    const layout = columnLayout(graph, node)!;
    this.#positions = layout.positions;
    this.#wanted = positionsPerSample(layout.depth, layout.positions, samples);
    this.#fit = new MomentSums(layout, paired);
    this.#held = new MomentSums(layout, paired);
  }

  /** Adds the layer's input of sample number `i`, in the float model and in the compressed one. */
  add(i: number, x: Float32Array, compressed?: ActivationValues): void {
    const { graph, node, samples, seed } = this;
    const chosen = samplePositions(this.#positions, this.#wanted, seed * 65537 + i);
    const sums = isHeldOut(i, samples) ? this.#held : this.#fit;
    const columns = columnsOf(graph, node, x, chosen);
    const other = compressed &&
      columnsOf(graph, node, compressed.values, chosen, compressed.quantization);
    sums.add(columns, other);
  }

  /** The moments of all samples. */
  finish(): LayerStatistics {
    const fit = this.#fit.finish();
    return { fit, held: this.samples >= 4 ? this.#held.finish() : fit };
  }
}

/**
 * Moments of every layer of the float model, by node name.
 * @param samples indices of the calibration samples; 128 of them are looked at.
 * @param onSample is told after each sample.
 */
export async function collectStatistics(
  graph: CoreGraph,
  dataset: Dataset,
  samples: readonly number[],
  seed: number,
  onSample: (done: number, total: number) => void,
): Promise<Map<string, LayerStatistics>> {
  const used = spreadOver(samples, STATISTICS_SAMPLES);
  const loaded = await load(await packPlain(graph));
  const observers = new Map<string, LayerObserver[]>();
  for (const node of graph.nodes) {
    if (!columnLayout(graph, node)) continue;
    const observer = new LayerObserver(graph, node, used.length, seed, false);
    observers.set(node.inputs[0], [...observers.get(node.inputs[0]) ?? [], observer]);
  }
  for (const [i, sample] of used.entries()) {
    const values = await dataset.inputs(sample);
    const inputs = Object.fromEntries(graph.inputs.map((name, at) => [name, values[at]]));
    const observe = (name: string, x: Float32Array) =>
      observers.get(name)?.forEach((observer) => observer.add(i, x));
    for (const [name, x] of Object.entries(inputs)) observe(name, x);
    run(loaded, inputs, (index, { buffer, byteOffset, length }) => {
      const { name } = loaded.model.tensors[loaded.model.operators[index].output];
      observe(name, new Float32Array(buffer, byteOffset, length / 4));
    });
    onSample(i + 1, used.length);
  }
  return new Map(
    [...observers.values()].flat().map((observer) => [observer.node.name, observer.finish()]),
  );
}
