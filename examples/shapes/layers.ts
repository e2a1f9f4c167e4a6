/**
 * The smaller layers.
 * @module
 */
import type { Random } from "./draw.ts";
import { type Batch, type Layer, normal, type Parameter, parameter } from "./layer.ts";

/** max(x, 0). */
export class Relu implements Layer {
  readonly parameters = [];
  #output = new Float32Array(0);

  forward({ shape, data }: Batch): Batch {
    this.#output = data.map((x) => Math.max(x, 0));
    return { shape, data: this.#output };
  }

  backward(gradient: Float32Array): Float32Array {
    return gradient.map((g, i) => this.#output[i] > 0 ? g : 0);
  }
}

/** Largest of each 2×2 block; height and width are even. */
export class MaxPool implements Layer {
  readonly parameters = [];
  #from = new Int32Array(0);
  #inputs = 0;

  forward({ shape: [samples, height, width, channels], data }: Batch): Batch {
    const [h, w] = [height / 2, width / 2];
    const out = new Float32Array(samples * h * w * channels);
    this.#from = new Int32Array(out.length);
    this.#inputs = data.length;
    for (let i = 0; i < out.length; i++) {
      const c = i % channels;
      const [x, y] = [Math.floor(i / channels) % w, Math.floor(i / channels / w) % h];
      const n = Math.floor(i / channels / w / h);
      const corner = ((n * height + 2 * y) * width + 2 * x) * channels + c;
      let best = corner;
      for (
        const at of [corner + channels, corner + width * channels, corner + (width + 1) * channels]
      ) {
        if (data[at] > data[best]) best = at;
      }
      this.#from[i] = best;
      out[i] = data[best];
    }
    return { shape: [samples, h, w, channels], data: out };
  }

  backward(gradient: Float32Array): Float32Array {
    const result = new Float32Array(this.#inputs);
    gradient.forEach((g, i) => result[this.#from[i]] += g);
    return result;
  }
}

/** x + inner(x). */
export class Residual implements Layer {
  readonly parameters: readonly Parameter[];

  /** The layers of `inner` keep the shape. */
  constructor(readonly inner: readonly Layer[]) {
    this.parameters = inner.flatMap(({ parameters }) => parameters);
  }

  forward(input: Batch, training: boolean): Batch {
    const { shape, data } = this.inner.reduce(
      (batch, layer) => layer.forward(batch, training),
      input,
    );
    return { shape, data: data.map((value, i) => value + input.data[i]) };
  }

  backward(gradient: Float32Array): Float32Array {
    const inner = this.inner.toReversed().reduce<Float32Array>(
      (g, layer) => layer.backward(g),
      gradient,
    );
    return inner.map((value, i) => value + gradient[i]);
  }
}

/** Mean of each channel: [samples, 1, 1, channels]. */
export class GlobalAveragePool implements Layer {
  readonly parameters = [];
  #shape: Batch["shape"] = [0, 0, 0, 0];

  forward({ shape, data }: Batch): Batch {
    const [samples, height, width, channels] = this.#shape = shape;
    const pixels = height * width;
    const out = new Float32Array(samples * channels);
    data.forEach((x, i) =>
      out[Math.floor(i / channels / pixels) * channels + i % channels] += x / pixels
    );
    return { shape: [samples, 1, 1, channels], data: out };
  }

  backward(gradient: Float32Array): Float32Array {
    const [samples, height, width, channels] = this.#shape;
    const pixels = height * width;
    return Float32Array.from(
      { length: samples * pixels * channels },
      (_, i) => gradient[Math.floor(i / channels / pixels) * channels + i % channels] / pixels,
    );
  }
}

/** Fully connected with bias; weights are [output, input]. */
export class Dense implements Layer {
  readonly weights: Parameter;
  readonly bias: Parameter;
  readonly parameters: readonly Parameter[];
  #input: Float32Array = new Float32Array(0);

  /** Starts with He's initialization. */
  constructor(readonly inputs: number, readonly outputs: number, random: Random) {
    this.weights = parameter(outputs * inputs, () => normal(random) * Math.sqrt(2 / inputs));
    this.bias = parameter(outputs, () => 0);
    this.parameters = [this.weights, this.bias];
  }

  forward({ shape: [samples], data }: Batch): Batch {
    this.#input = data;
    const { inputs, outputs, weights, bias } = this;
    const out = new Float32Array(samples * outputs);
    for (let i = 0; i < out.length; i++) {
      const [n, o] = [Math.floor(i / outputs), i % outputs];
      out[i] = bias.value[o];
      for (let k = 0; k < inputs; k++) {
        out[i] += data[n * inputs + k] * weights.value[o * inputs + k];
      }
    }
    return { shape: [samples, 1, 1, outputs], data: out };
  }

  backward(gradient: Float32Array): Float32Array {
    const { inputs, outputs, weights, bias } = this;
    const result = new Float32Array(this.#input.length);
    gradient.forEach((g, i) => {
      const [n, o] = [Math.floor(i / outputs), i % outputs];
      bias.gradient[o] += g;
      for (let k = 0; k < inputs; k++) {
        weights.gradient[o * inputs + k] += g * this.#input[n * inputs + k];
        result[n * inputs + k] += g * weights.value[o * inputs + k];
      }
    });
    return result;
  }
}
