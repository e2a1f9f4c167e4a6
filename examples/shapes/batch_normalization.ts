/**
 * Batch normalization that can be trained.
 * @module
 */
import { type Batch, type Layer, type Parameter, parameter } from "./layer.ts";

/** Batch normalization (Ioffe and Szegedy 2015, algorithm 1). */
export class BatchNormalization implements Layer {
  readonly scale: Parameter;
  readonly bias: Parameter;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly parameters: readonly Parameter[];
  #normalized = new Float32Array(0);
  #deviation: Float32Array;

  /** ε of the formula. */
  static readonly epsilon = 1e-3;
  /** Share of the running statistics that a batch leaves. */
  static readonly momentum = 0.95;

  /** Starts as the identity. */
  constructor(readonly channels: number) {
    this.scale = parameter(channels, () => 1);
    this.bias = parameter(channels, () => 0);
    this.mean = new Float32Array(channels);
    this.variance = new Float32Array(channels).fill(1);
    this.#deviation = new Float32Array(channels);
    this.parameters = [this.scale, this.bias];
  }

  forward({ shape, data }: Batch, training: boolean): Batch {
    const { channels } = this;
    const rows = data.length / channels;
    const out = new Float32Array(data.length);
    this.#normalized = new Float32Array(data.length);
    for (let c = 0; c < channels; c++) {
      let [mean, variance] = [this.mean[c], this.variance[c]];
      if (training) {
        mean = variance = 0;
        for (let i = c; i < data.length; i += channels) mean += data[i] / rows;
        for (let i = c; i < data.length; i += channels) variance += (data[i] - mean) ** 2 / rows;
        const { momentum } = BatchNormalization;
        this.mean[c] = momentum * this.mean[c] + (1 - momentum) * mean;
        this.variance[c] = momentum * this.variance[c] + (1 - momentum) * variance;
      }
      const deviation = Math.sqrt(variance + BatchNormalization.epsilon);
      this.#deviation[c] = deviation;
      const [scale, bias] = [this.scale.value[c], this.bias.value[c]];
      for (let i = c; i < data.length; i += channels) {
        const x = (data[i] - mean) / deviation;
        this.#normalized[i] = x;
        out[i] = x * scale + bias;
      }
    }
    return { shape, data: out };
  }

  backward(gradient: Float32Array): Float32Array {
    const { channels } = this;
    const rows = gradient.length / channels;
    const x = this.#normalized;
    const result = new Float32Array(gradient.length);
    for (let c = 0; c < channels; c++) {
      let [sum, product] = [0, 0];
      for (let i = c; i < gradient.length; i += channels) {
        sum += gradient[i];
        product += gradient[i] * x[i];
      }
      this.bias.gradient[c] += sum;
      this.scale.gradient[c] += product;
      const factor = this.scale.value[c] / this.#deviation[c];
      for (let i = c; i < gradient.length; i += channels) {
        result[i] = factor * (gradient[i] - sum / rows - x[i] * product / rows);
      }
    }
    return result;
  }
}
