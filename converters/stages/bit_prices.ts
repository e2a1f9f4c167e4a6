/**
 * What a bit of each layer's weights is worth, so that all layers lose alike by their last bit.
 * @module
 */
import { weightRows, type Weights, weightsOf } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { affordableSamples, spreadOver } from "./affordable_samples.ts";
import { runFloat } from "./calibrate.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { sensitivityOf } from "./sensitivity.ts";

/** Samples that inputs' powers are taken from, at most, and multiplications of all their runs. */
const SAMPLES = 32;
const PRODUCTS = 4e9;
/** Largest integer of 8 bits. */
const LIMIT = 127;
/** Weights smaller than this share of their layer's largest are dead: they tell nothing. */
const DEAD = 2 ** -12;
/** No channel counts for less than this share of its layer's mean: samples are few. */
const LEAST = 1e-3;

/** What a bit is worth in a layer. */
export interface BitPrices {
  /** Squared error of each channel's outputs, at λ = 1. */
  prices: Float64Array;
  /** What errors of its channels cost together, as shares (coupled.ts); null where it is not known. */
  shares: Float64Array | null;
}

/** What was found before, by graph and samples. */
const KNOWN = new WeakMap<CoreGraph, Map<string, Promise<Map<string, BitPrices> | null>>>();

/**
 * For every channel with weights, the squared error of its outputs that a bit is worth at λ = 1.
 *
 * A model loses Σ g·e² by errors of variance e² in channels whose sensitivity is g, so it loses least
 * for its bits where a bit saves the same g·e² everywhere (Lagrange; Shoham and Gersho 1988,
 * doi:10.1109/29.90373, for any quantizers; Theis et al. 2018, arXiv:1801.05787, for networks). That
 * is p = c/g, with c such that over all weights, in the geometric mean, it is one squared step of 8
 * bits: c = mean of g·h·s², s the largest weight of the channel / 127, h the mean square of the
 * layer's input. Errors of several channels cost together what the off-diagonal elements of G say, the
 * second moments of the gradients (compress/rounding/coupled.ts).
 * @returns by node name; null where sensitivities are not known.
 */
export function bitPrices(
  graph: CoreGraph,
  samples: Samples,
  seed: number,
): Promise<Map<string, BitPrices> | null> {
  const known = KNOWN.get(graph) ?? new Map<string, Promise<Map<string, BitPrices> | null>>();
  KNOWN.set(graph, known);
  const key = JSON.stringify([samples.calibration?.indices, seed]);
  const found = known.get(key) ?? measure(graph, samples, seed);
  known.set(key, found);
  return found;
}

async function measure(
  graph: CoreGraph,
  samples: Samples,
  seed: number,
): Promise<Map<string, BitPrices> | null> {
  const sensitivity = await sensitivityOf(graph, samples, seed, "together");
  if (!sensitivity) return null;
  const powers = await powersOf(graph, samples);
  let [logs, count] = [0, 0];
  for (const node of graph.nodes) {
    const weights = weightsOf(graph, node);
    if (!weights) continue;
    const steps = largestOf(weights).map((value) => value / LIMIT);
    const dead = DEAD * Math.max(...steps);
    const own = diagonalOf(sensitivity.get(node.name)!, steps.length);
    steps.forEach((step, o) => {
      const error = own[o] * powers.get(node.inputs[0])! * step ** 2;
      if (!(error > 0 && step > dead)) return;
      logs += Math.log(error) * weights.depth;
      count += weights.depth;
    });
  }
  const mean = Math.exp(logs / count);
  return new Map([...sensitivity].map(([name, list]) => {
    const { output } = graph.nodes.find((node) => node.name === name)!;
    const channels = graph.tensors.get(output)!.shape!.at(-1)!;
    const own = diagonalOf(list, channels);
    const least = LEAST * own.reduce((sum, g) => sum + g, 0) / channels;
    const worth = own.map((g) => Math.max(g, least));
    const shares = list.length > channels && least > 0
      ? list.map((g, i) => g / worth[Math.floor(i / channels)])
      : null;
    return [name, { prices: worth.map((g) => mean / g), shares }];
  }));
}

/** The diagonal of a matrix, or what is nothing else. */
function diagonalOf(list: Float64Array, channels: number): Float64Array {
  const stride = list.length / channels;
  return Float64Array.from(
    { length: channels },
    (_, o) => stride > 1 ? list[o * (stride + 1)] : list[o],
  );
}

/** Mean square of every activation. */
async function powersOf(graph: CoreGraph, samples: Samples): Promise<Map<string, number>> {
  const { dataset, indices } = calibrationOf(samples);
  const used = spreadOver(indices, affordableSamples(graph, PRODUCTS, SAMPLES));
  const powers = new Map<string, number>();
  const see = (name: string, values: Float32Array) => {
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    powers.set(name, (powers.get(name) ?? 0) + square / used.length);
  };
  await runFloat(graph, dataset, used, see, () => {});
  return powers;
}

/** The largest weight of each channel. */
function largestOf(weights: Weights): Float64Array {
  const { depth } = weights;
  const rows = weightRows(weights);
  return Float64Array.from(
    { length: rows.length / depth },
    (_, o) =>
      rows.subarray(o * depth, (o + 1) * depth)
        .reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
}
