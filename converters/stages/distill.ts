/**
 * Trains a pruned float graph to give what the original gives, layer by layer and at the end, on
 * samples without labels.
 * @module
 */
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { isSum } from "../channels/mod.ts";
import { Adam, Network, weightsOf } from "../compress/mod.ts";
import { seededRandom } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import type { Recipe } from "../recipe/mod.ts";
import { packPlain } from "./calibrate.ts";
import type { Pruned } from "./prune_channels.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { isHeldOut } from "./statistics.ts";

/** Step of the first epoch, in units of a layer's weights; it falls to 0 by a cosine. */
const RATE = 0.003;
/** Samples between two steps. */
const BATCH = 8;
/** Weight of the last layer beside all others together. */
const LAST = 1;

/** What the original gives on one sample: what the student is fed, and what it is to give. */
interface Lesson {
  feeds: Map<string, Float32Array>;
  targets: Map<string, Float32Array>;
}

/**
 * Self-distillation by features (Romero et al. 2015, "FitNets", arXiv:1412.6550, eq. 3; METHODS.md
 * §1.7): the loss of a sample is Σ ‖f − t‖² / E‖t‖² over the outputs of all convolutions and fully
 * connected layers, t being the original's channels that are left; the last counts as much as all
 * others. Every fourth sample is held out; what was best on these is kept, the start among it.
 */
export async function distill(
  core: CoreGraph,
  pruned: Pruned,
  samples: Samples,
  { distill: epochs, seed }: Recipe,
  onEpoch: (done: number, total: number) => void,
): Promise<Pruned> {
  const { graph, kept } = pruned;
  const layers = graph.nodes.filter((node) => isSum(node) && weightsOf(graph, node));
  if (!epochs || !layers.length) return pruned;
  const names = layers.map(({ output }) => output);
  const network = new Network(graph, new Set(names));
  const lessons = await teach(core, kept, samples, network.feeds, names);
  const shares = new Map(names.map((name, i) => {
    const energy = lessons.reduce((sum, { targets }) => sum + squares(targets.get(name)!), 0);
    const weight = i === names.length - 1 ? LAST : 1 / names.length;
    return [name, energy > 0 ? weight * lessons.length / energy : 0];
  }));
  const learn = (lesson: Lesson, backwards: boolean): number => {
    for (const [name, values] of lesson.feeds) network.nodes.get(name)!.values.set(values);
    network.forward();
    let loss = 0;
    for (const [name, target] of lesson.targets) {
      const { values, gradient } = network.nodes.get(name)!;
      const share = shares.get(name)!;
      for (let i = 0; i < target.length; i++) {
        const error = values[i] - target[i];
        loss += share * error * error;
        if (backwards) gradient![i] += 2 * share * error / BATCH;
      }
    }
    if (backwards) network.backward();
    return loss;
  };
  const fit = lessons.filter((_, i) => !isHeldOut(i, lessons.length));
  const held = lessons.length > fit.length ? lessons.filter((one) => !fit.includes(one)) : lessons;
  const heldLoss = () => held.reduce((sum, lesson) => sum + learn(lesson, false), 0);
  const parameters = [...network.parameters];
  const copy = () => new Map(parameters.map(([name, { values }]) => [name, values.slice()]));
  const adam = new Adam(parameters.map(([, parameter]) => parameter));
  const random = seededRandom(seed);
  let best = { loss: heldLoss(), values: copy() };
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(fit, random);
    order.forEach((lesson, i) => {
      learn(lesson, true);
      const done = (epoch + i / order.length) / epochs;
      if ((i + 1) % BATCH === 0) adam.step(RATE * (1 + Math.cos(Math.PI * done)) / 2);
    });
    const loss = heldLoss();
    if (loss < best.loss) best = { loss, values: copy() };
    onEpoch(epoch + 1, epochs);
  }
  const tensors = new Map(graph.tensors);
  for (const [name, data] of best.values) tensors.set(name, { ...tensors.get(name)!, data });
  return { ...pruned, graph: { ...graph, tensors } };
}

/** Runs the original over the calibration samples. */
async function teach(
  core: CoreGraph,
  kept: ReadonlyMap<string, number[]>,
  samples: Samples,
  feeds: readonly string[],
  names: readonly string[],
): Promise<Lesson[]> {
  const { dataset, indices } = calibrationOf(samples);
  const loaded = await load(await packPlain(core));
  const { model } = loaded;
  const lessons: Lesson[] = [];
  for (const index of indices) {
    const lesson: Lesson = { feeds: new Map(), targets: new Map() };
    const see = (name: string, values: Float32Array) => {
      if (feeds.includes(name)) lesson.feeds.set(name, values.slice());
      if (!names.includes(name)) return;
      const stay = kept.get(name);
      const channels = core.tensors.get(name)!.shape!.at(-1)!;
      const left = stay ? values.filter((_, i) => stay.includes(i % channels)) : values.slice();
      lesson.targets.set(name, left);
    };
    const inputs = await dataset.inputs(index);
    const named = Object.fromEntries(core.inputs.map((name, i) => [name, inputs[i]]));
    for (const [name, values] of Object.entries(named)) see(name, values);
    run(loaded, named, (at, { buffer, byteOffset, length }) => {
      see(
        model.tensors[model.operators[at].output].name,
        new Float32Array(buffer, byteOffset, length / 4),
      );
    });
    lessons.push(lesson);
  }
  return lessons;
}

function squares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** Another order (Fisher and Yates; Knuth, vol. 2, §3.4.2, algorithm P). */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
