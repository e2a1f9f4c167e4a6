/**
 * What a layer is that can be trained. A batch is channels last: samples × height × width × channels.
 * @module
 */
import type { Random } from "./draw.ts";

/** A batch of feature maps. */
export interface Batch {
  /** [samples, height, width, channels]. */
  shape: [number, number, number, number];
  data: Float32Array;
}

/** Numbers to learn, with their gradient of the current batch. */
export interface Parameter {
  value: Float32Array;
  gradient: Float32Array;
}

/** One layer. `backward` belongs to the last `forward` and adds to the gradients. */
export interface Layer {
  readonly parameters: readonly Parameter[];
  /** In training, batch normalization takes the batch's own statistics. */
  forward(input: Batch, training: boolean): Batch;
  /** Gradient of the output to gradient of the input. */
  backward(gradient: Float32Array): Float32Array;
}

/** A parameter with its first values. */
export function parameter(size: number, value: (i: number) => number): Parameter {
  return {
    value: Float32Array.from({ length: size }, (_, i) => value(i)),
    gradient: new Float32Array(size),
  };
}

/** A number of the standard normal distribution (Box and Muller 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
