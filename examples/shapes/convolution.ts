/**
 * A convolution that can be trained.
 * @module
 */
import type { Random } from "./draw.ts";
import { type Batch, type Layer, normal, type Parameter, parameter } from "./layer.ts";

/** 3×3 convolution, stride 1, padding 1, no bias; weights are [output, row, column, input]. */
export class Convolution implements Layer {
  readonly weights: Parameter;
  readonly parameters: readonly Parameter[];
  #columns = new Float32Array(0);
  #shape: Batch["shape"] = [0, 0, 0, 0];

  /** Starts with He's initialization (He et al. 2015, equation 10). */
  constructor(readonly inputs: number, readonly outputs: number, random: Random) {
    const spread = Math.sqrt(2 / (9 * inputs));
    this.weights = parameter(outputs * 9 * inputs, () => normal(random) * spread);
    this.parameters = [this.weights];
  }

  forward({ shape, data }: Batch): Batch {
    const [samples, height, width, channels] = this.#shape = shape;
    const depth = 9 * channels;
    const rows = samples * height * width;
    if (this.#columns.length !== rows * depth) this.#columns = new Float32Array(rows * depth);
    const columns = this.#columns;
    eachTap(shape, (row, tap, from) => {
      const to = row * depth + tap * channels;
      if (from < 0) columns.fill(0, to, to + channels);
      else for (let c = 0; c < channels; c++) columns[to + c] = data[from + c];
    });
    const { outputs, weights: { value } } = this;
    const out = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row++) {
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let k = 0, a = row * depth, b = o * depth; k < depth; k++) {
          sum += columns[a + k] * value[b + k];
        }
        out[row * outputs + o] = sum;
      }
    }
    return { shape: [samples, height, width, outputs], data: out };
  }

  backward(gradient: Float32Array): Float32Array {
    const { outputs, weights, inputs: channels } = this;
    const depth = 9 * channels;
    const columns = this.#columns;
    const rows = gradient.length / outputs;
    const spread = new Float32Array(depth);
    const result = new Float32Array(rows * channels);
    const taps = new Int32Array(rows * 9);
    eachTap(this.#shape, (row, tap, from) => taps[row * 9 + tap] = from);
    for (let row = 0; row < rows; row++) {
      spread.fill(0);
      for (let o = 0; o < outputs; o++) {
        const g = gradient[row * outputs + o];
        if (g === 0) continue;
        for (let k = 0, a = row * depth, b = o * depth; k < depth; k++) {
          weights.gradient[b + k] += g * columns[a + k];
          spread[k] += g * weights.value[b + k];
        }
      }
      for (let tap = 0; tap < 9; tap++) {
        const to = taps[row * 9 + tap];
        if (to < 0) continue;
        for (let c = 0; c < channels; c++) result[to + c] += spread[tap * channels + c];
      }
    }
    return result;
  }
}

/** Calls `visit` for each output pixel and tap with where the tap reads, −1 in the padding. */
function eachTap(
  [samples, height, width, channels]: Batch["shape"],
  visit: (row: number, tap: number, from: number) => void,
): void {
  for (let row = 0, n = 0; n < samples; n++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, row++) {
        for (let tap = 0; tap < 9; tap++) {
          const [sy, sx] = [y + Math.floor(tap / 3) - 1, x + (tap % 3) - 1];
          const there = sy >= 0 && sy < height && sx >= 0 && sx < width;
          visit(row, tap, there ? ((n * height + sy) * width + sx) * channels : -1);
        }
      }
    }
  }
}
