/**
 * Trains a network to give what a float graph gives, layer by layer and at the end, on samples without
 * labels.
 * @module
 */
import { decide } from "../check/mod.ts";
import {
  Adam,
  divergenceLoss,
  type Network,
  type Parameter,
  squaredLoss,
} from "../compress/mod.ts";
import {
  type Dataset,
  mixPictures,
  type PictureLayout,
  pictureLayout,
  randomMix,
  randomView,
  seededRandom,
  type View,
  viewOf,
} from "../data/mod.ts";
import { type CoreGraph, sizeOf } from "../graph/graph.ts";
import type { Recipe } from "../recipe/mod.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { isHeldOut } from "./statistics.ts";
import { type Lesson, teacherOf } from "./teacher.ts";

/** Largest step, in units of a layer's weights: it grows to this and falls to 0 by a cosine. */
const RATE = 0.002;
/** Share of all steps in which it grows. */
const WARM_UP = 1 / 8;
/** Samples between two steps, at most. */
const BATCH = 4;
/** How many times as much as the last layer all others together count. */
const FEATURES = 10;
/** Share of the pictures on which flipping may not change the answer, for views to be flipped. */
const SAME = 0.85;
/** Steps of an epoch, at least, where there are as many samples. */
const STEPS = 16;

/** What is trained. */
export interface Trainee {
  network: Network;
  /** What moves, by name. */
  parameters: ReadonlyMap<string, Parameter>;
  /** Names of the activations that are compared; the last decides. */
  names: readonly string[];
  /** Channels of the original that it has, by name of each tensor that has fewer. */
  kept: ReadonlyMap<string, readonly number[]>;
}

/**
 * Self-distillation by features (Romero et al. 2015, "FitNets", arXiv:1412.6550, eq. 3; METHODS.md
 * §1.7) and outputs (Hinton et al. 2015, arXiv:1503.02531): the loss of a sample is the sum of
 * ‖f − t‖² / E‖t‖² over the outputs of all convolutions and fully connected layers, t being the
 * original's channels that are left; all others together count ten times as much as the last, and where
 * that gives scores of classes, the KL divergence of its softmax comes on top. Pictures are seen in
 * another view in every epoch (flipped, where that changes what the original says of few), many of them
 * mixed with another (mix_pictures.ts), by the original as well (Beyer et al. 2022, "A good teacher is
 * patient and consistent", arXiv:2106.05237, §3.1). Every fourth sample is held out; what was trained
 * is kept where the last layer errs less on these.
 * @param core the original.
 * @returns values of the parameters; null where the start is better.
 */
export async function train(
  core: CoreGraph,
  { network, parameters, names, kept }: Trainee,
  samples: Samples,
  { distill: epochs, seed }: Recipe,
  onEpoch: (done: number, total: number) => void,
): Promise<Map<string, Float32Array> | null> {
  const teach = await teacherOf(core, kept, network.feeds, names);
  const { dataset, indices } = calibrationOf(samples);
  const inputs = await Promise.all(indices.map((index) => dataset.inputs(index)));
  const shares = featureShares(inputs.map((one) => teach(one).targets), names);
  const last = names[names.length - 1];
  const scores = givesScores(core, last, dataset.metric);
  const fit = inputs.filter((_, i) => !isHeldOut(i, inputs.length));
  const held = inputs.filter((_, i) => isHeldOut(i, inputs.length));
  const batch = Math.max(1, Math.min(BATCH, Math.floor(fit.length / STEPS)));
  /** What the last layer errs; backwards adds the slopes of what all err. */
  const learn = ({ feeds, targets }: Lesson, backwards: boolean): number => {
    for (const [name, values] of feeds) network.nodes.get(name)!.values.set(values);
    network.forward();
    let error = 0;
    for (const [name, target] of targets) {
      const { values, gradient } = network.nodes.get(name)!;
      const to = backwards ? gradient : null;
      error = squaredLoss(values, target, shares.get(name)! / batch, to);
      if (name === last && scores) error = divergenceLoss(values, target, 1 / batch, to);
    }
    if (backwards) network.backward();
    return error;
  };
  const exam = (held.length ? held : fit).map(teach);
  const heldLoss = () => exam.reduce((sum, lesson) => sum + learn(lesson, false), 0);
  const adam = new Adam([...parameters.values()]);
  const random = seededRandom(seed);
  const layout = pictureLayout(dataset.preprocess, core.tensors.get(core.inputs[0])!.shape!);
  const answer = (one: Float32Array[]) => decide(teach(one).targets.get(last)!);
  const flips = layout !== null && scores && mayFlip(inputs, layout, answer);
  const viewed = (picture: Float32Array, of: PictureLayout) =>
    viewOf(picture, of, randomView(random, of, flips));
  const seen = ([picture, ...others]: Float32Array[]) => {
    if (!layout) return [picture, ...others];
    const view = viewed(picture, layout);
    const mix = others.length ? null : randomMix(random, layout);
    if (!mix) return [view, ...others];
    const [other] = fit[Math.floor(random() * fit.length)];
    return [mixPictures(view, viewed(other, layout), layout, mix)];
  };
  const before = heldLoss();
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(fit, random);
    order.forEach((one, i) => {
      learn(teach(seen(one)), true);
      const done = (epoch + i / order.length) / epochs;
      const rate = RATE * Math.min(1, done / WARM_UP) * (1 + Math.cos(Math.PI * done)) / 2;
      if ((i + 1) % batch === 0) adam.step(rate);
    });
    onEpoch(epoch + 1, epochs);
  }
  return heldLoss() < before
    ? new Map([...parameters].map(([name, { values }]) => [name, values]))
    : null;
}

/** Whether the original says of most pictures the same when left and right are changed over. */
function mayFlip(
  samples: readonly Float32Array[][],
  layout: PictureLayout,
  answer: (inputs: Float32Array[]) => number,
): boolean {
  const flipped: View = { flip: true, zoom: 1, shift: [0, 0] };
  const same = samples.filter(([picture, ...others]) =>
    answer([picture, ...others]) === answer([viewOf(picture, layout, flipped), ...others])
  );
  return same.length >= SAME * samples.length;
}

/** `FEATURES` / (L · E‖t‖²) of each of the L layers, 1 / E‖t‖² of the last; 0 where it gives nothing. */
function featureShares(
  lessons: readonly Lesson["targets"][],
  names: readonly string[],
): Map<string, number> {
  return new Map(names.map((name, i) => {
    const weight = i === names.length - 1 ? 1 : FEATURES / names.length;
    const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
    const energy = lessons.reduce((sum, targets) => sum + squares(targets.get(name)!), 0);
    return [name, energy > 0 ? weight * lessons.length / energy : 0];
  }));
}

/** Whether an activation is a score for each of several classes, which a softmax takes or the largest decides. */
function givesScores(graph: CoreGraph, name: string, metric: Dataset["metric"]): boolean {
  const { shape } = graph.tensors.get(name)!;
  const classes = shape!.at(-1)!;
  const follows = graph.nodes.some(({ op, inputs }) => op === "Softmax" && inputs[0] === name);
  const decides = graph.outputs.includes(name) && /^top/.test(metric);
  return classes > 1 && sizeOf(shape!) === classes && (follows || decides);
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
