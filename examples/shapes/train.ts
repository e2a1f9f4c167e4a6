/**
 * Trains a network on labelled pictures.
 * @module
 */
import { drawAll, type Pictures, type Random } from "./draw.ts";
import type { Layer, Parameter } from "./layer.ts";
import { forward, toBatch } from "./network.ts";

/** How to train. */
export interface Training {
  epochs: number;
  /** Pictures of one epoch; each epoch draws new ones. */
  pictures: number;
  batchSize: number;
  /** Largest step; it falls to 0 along half a cosine (Loshchilov and Hutter 2017). */
  learningRate: number;
  random: Random;
  /** Told after each epoch. */
  onEpoch: (epoch: number, loss: number) => void;
}

/** Trains in place with AdamW (Loshchilov and Hutter 2019, algorithm 2). */
export function train(network: readonly Layer[], training: Training): void {
  const { epochs, batchSize, learningRate, random, onEpoch } = training;
  const states = network.flatMap(({ parameters }) => parameters).map(newState);
  const steps = Math.floor(training.pictures / batchSize);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const pictures = drawAll(training.pictures, random);
    const order = shuffle(training.pictures, random);
    let total = 0;
    for (let step = 0; step < steps; step++) {
      const chosen = order.slice(step * batchSize, (step + 1) * batchSize);
      total += learnBatch(network, pictures, chosen);
      const progress = (epoch * steps + step) / (epochs * steps);
      const rate = learningRate * (1 + Math.cos(Math.PI * progress)) / 2;
      for (const state of states) update(state, rate, epoch * steps + step + 1);
    }
    onEpoch(epoch, total / steps);
  }
}

/** Share of pictures that the network names right. */
export function accuracy(network: readonly Layer[], { pixels, labels }: Pictures): number {
  const right = labels.filter((label, i) => {
    const { data } = forward(network, toBatch([pixels[i]]), false);
    return data.indexOf(Math.max(...data)) === label;
  });
  return right.length / labels.length;
}

/** Adds the gradients of the mean cross entropy over some pictures; gives that mean. */
export function learnBatch(
  network: readonly Layer[],
  { pixels, labels }: Pictures,
  chosen: readonly number[],
): number {
  const { data: scores } = forward(network, toBatch(chosen.map((i) => pixels[i])), true);
  const classes = scores.length / chosen.length;
  const gradient = new Float32Array(scores.length);
  let loss = 0;
  chosen.forEach((sample, n) => {
    const own = scores.subarray(n * classes, (n + 1) * classes);
    const most = Math.max(...own);
    const powers = Array.from(own, (score) => Math.exp(score - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, c) => {
      const isLabel = Number(c === labels[sample]);
      gradient[n * classes + c] = (power / sum - isLabel) / chosen.length;
      if (isLabel) loss -= Math.log(power / sum) / chosen.length;
    });
  });
  network.toReversed().reduce<Float32Array>((g, layer) => layer.backward(g), gradient);
  return loss;
}

/** A parameter with its moments. */
interface State extends Parameter {
  first: Float32Array;
  second: Float32Array;
}

function newState({ value, gradient }: Parameter): State {
  const [first, second] = [new Float32Array(value.length), new Float32Array(value.length)];
  return { value, gradient, first, second };
}

const [BETA1, BETA2, DECAY] = [0.9, 0.999, 0.01];

function update({ value, gradient, first, second }: State, rate: number, step: number): void {
  const [bias1, bias2] = [1 - BETA1 ** step, 1 - BETA2 ** step];
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i];
    first[i] = BETA1 * first[i] + (1 - BETA1) * g;
    second[i] = BETA2 * second[i] + (1 - BETA2) * g * g;
    const move = first[i] / bias1 / (Math.sqrt(second[i] / bias2) + 1e-8);
    value[i] -= rate * (move + DECAY * value[i]);
  }
  gradient.fill(0);
}

function shuffle(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
