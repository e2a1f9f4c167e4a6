/**
 * How much a model's output depends on what each layer gives.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { isSum } from "../channels/mod.ts";
import { Network, weightsOf } from "../compress/mod.ts";
import { seededRandom } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { affordableSamples, spreadOver } from "./affordable_samples.ts";
import { packPlain } from "./calibrate.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { STATISTICS_SAMPLES } from "./statistics.ts";

/** Multiplications of all samples' runs together. */
const PRODUCTS = 4e9;

/**
 * For every channel that a layer with weights gives, E[(Σ ∂z/∂y)²], summed over its places, or
 * E[Σ (∂z/∂y)²], as a share of the variance of z: an error of variance e² in the channel, the same at
 * every place, or apart from the others at each, gives z the variance e² times that. z is the last
 * layer's output along random signs whose sum is 0 where it can be, as what is added to all classes
 * changes none (Hutchinson 1990; the diagonal of the Fisher information as in Theis et al. 2018,
 * arXiv:1801.05787).
 * @param errors whether they are alike at all places of a channel, or apart, and then whether those of
 * several channels are seen together: E[Σ ∂z/∂y_a·∂z/∂y_b] [channels, channels], where there are as many
 * samples as channels: of fewer, what gradients have in common is chance.
 * @returns by node name; null where an operator has no derivative here, or z never changes.
 */
export async function sensitivityOf(
  graph: CoreGraph,
  samples: Samples,
  seed: number,
  errors: "alike" | "apart" | "together" = "alike",
): Promise<Map<string, Float64Array> | null> {
  const layers = graph.nodes.filter((node) => weightsOf(graph, node));
  const last = layers.findLast(isSum);
  const network = last && networkOf(graph, last.output);
  if (!network) return null;
  const { dataset, indices } = calibrationOf(samples);
  const seen = spreadOver(indices, affordableSamples(graph, PRODUCTS, STATISTICS_SAMPLES));
  const loaded = await load(await packPlain(graph));
  const { model } = loaded;
  const random = seededRandom(seed);
  const sums = new Map(layers.map(({ name, output }) => {
    const channels = graph.tensors.get(output)!.shape!.at(-1)!;
    const together = errors === "together" && seen.length >= channels;
    const sums = new Float64Array(together ? channels ** 2 : channels);
    return [output, { name, channels, together, sums }];
  }));
  let [count, total, squares] = [0, 0, 0];
  for (const index of seen) {
    const feed = (name: string, values: Float32Array) => {
      if (network.feeds.includes(name)) network.nodes.get(name)!.values.set(values);
    };
    const inputs = await dataset.inputs(index);
    const named = Object.fromEntries(graph.inputs.map((name, i) => [name, inputs[i]]));
    for (const [name, values] of Object.entries(named)) feed(name, values);
    run(loaded, named, (at, { buffer, byteOffset, length }) => {
      const { name } = model.tensors[model.operators[at].output];
      feed(name, new Float32Array(buffer, byteOffset, length / 4));
    });
    network.forward();
    const { values, gradient } = network.nodes.get(last.output)!;
    const signs = signsOf(values.length, random);
    const z = values.reduce((sum, value, i) => sum + value * signs[i], 0);
    [count, total, squares] = [count + 1, total + z, squares + z * z];
    gradient!.set(signs);
    network.backward((name, gradients) => {
      const layer = sums.get(name);
      if (!layer) return;
      const { channels, together, sums: own } = layer;
      if (together) {
        addProducts(gradients, channels, own);
        return;
      }
      if (errors !== "alike") {
        gradients.forEach((g, i) => own[i % channels] += g * g);
        return;
      }
      const across = new Float64Array(channels);
      gradients.forEach((g, i) => across[i % channels] += g);
      across.forEach((g, c) => own[c] += g * g);
    });
  }
  const variance = squares / count - (total / count) ** 2;
  if (!(variance > 0)) return null;
  return new Map(
    [...sums.values()].map(({ name, sums }) => [name, sums.map((sum) => sum / count / variance)]),
  );
}

/** Adds the products of all gradients of a place with each other, place by place. */
function addProducts(gradients: Float32Array, channels: number, sums: Float64Array): void {
  for (let at = 0; at < gradients.length; at += channels) {
    for (let a = 0; a < channels; a++) {
      const g = gradients[at + a];
      if (g === 0) continue;
      for (let b = 0; b < channels; b++) sums[a * channels + b] += g * gradients[at + b];
    }
  }
}

function networkOf(graph: CoreGraph, output: string): Network | null {
  try {
    return new Network(graph, new Set([output]));
  } catch (error) {
    if (error instanceof KedgeError) return null;
    throw error;
  }
}

/** As many −1 as 1, in any order; one more of 1 where their number is odd. */
function signsOf(length: number, random: () => number): Float32Array {
  const signs = Float32Array.from({ length }, (_, i) => i % 2 ? -1 : 1);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [signs[i], signs[j]] = [signs[j], signs[i]];
  }
  return signs;
}
