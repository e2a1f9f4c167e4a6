/**
 * The example's network: four convolutions, one of them around a shortcut.
 * @module
 */
import { CLASSES, type Random, SIZE } from "./draw.ts";
import { BatchNormalization } from "./batch_normalization.ts";
import { Convolution } from "./convolution.ts";
import type { Batch, Layer } from "./layer.ts";
import { Dense, GlobalAveragePool, MaxPool, Relu, Residual } from "./layers.ts";

/** The layers, first to last; pixels as 0…1 in, one score a class out. */
export function makeNetwork(random: Random): Layer[] {
  const block = (inputs: number, outputs: number): Layer[] => [
    new Convolution(inputs, outputs, random),
    new BatchNormalization(outputs),
    new Relu(),
  ];
  return [
    ...block(3, 12),
    new MaxPool(),
    ...block(12, 24),
    new Residual(block(24, 24)),
    new MaxPool(),
    ...block(24, 40),
    new GlobalAveragePool(),
    new Dense(40, CLASSES.length, random),
  ];
}

/** Runs the network: scores [samples, classes]. */
export function forward(network: readonly Layer[], batch: Batch, training: boolean): Batch {
  return network.reduce((values, layer) => layer.forward(values, training), batch);
}

/** Pictures as a batch of values in 0…1. */
export function toBatch(pictures: readonly Uint8Array[]): Batch {
  const data = new Float32Array(pictures.length * SIZE * SIZE * 3);
  pictures.forEach((pixels, i) => data.set(pixels, i * pixels.length));
  return { shape: [pictures.length, SIZE, SIZE, 3], data: data.map((x) => x / 255) };
}
