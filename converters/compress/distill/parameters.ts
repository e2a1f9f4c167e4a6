/**
 * Weights and biases that are trained, and how they move.
 * @module
 */

/** One trained constant. */
export interface Parameter {
  values: Float32Array;
  gradient: Float32Array;
  /** How far one step of rate 1 moves each value. */
  sizes: Float32Array;
}

/** A parameter with the moments of its gradients. */
interface State extends Parameter {
  first: Float32Array;
  second: Float32Array;
  /** 0 where the value has to stay 0. */
  mask: Uint8Array;
}

const DECAYS = [0.9, 0.999] as const;
const EPSILON = 1e-12;
/** Least size of a channel, as a share of the layer's mean. */
const FLOOR = 0.1;

/**
 * Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1) with steps in units of each value's own
 * size, as folded batch normalization leaves channels of very different sizes:
 *
 *   m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  w ← w − rate·size·m̂ / (√v̂ + ε)
 *
 * What is exactly 0, pruned weights, stays 0.
 */
export class Adam {
  readonly #states: State[];
  #steps = 0;

  /** Takes the parameters whose values it changes in place. */
  constructor(parameters: readonly Parameter[]) {
    this.#states = parameters.map((parameter) => ({
      ...parameter,
      first: new Float32Array(parameter.values.length),
      second: new Float32Array(parameter.values.length),
      mask: Uint8Array.from(parameter.values, (w) => Number(w !== 0)),
    }));
  }

  /** Moves all parameters against their gradients, which become 0. */
  step(rate: number): void {
    this.#steps++;
    const [decay1, decay2] = DECAYS;
    const [scale1, scale2] = DECAYS.map((decay) => 1 / (1 - decay ** this.#steps));
    for (const { values, gradient, sizes, first, second, mask } of this.#states) {
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i];
        gradient[i] = 0;
        first[i] = decay1 * first[i] + (1 - decay1) * g;
        second[i] = decay2 * second[i] + (1 - decay2) * g * g;
        const move = first[i] * scale1 / (Math.sqrt(second[i] * scale2) + EPSILON);
        values[i] -= mask[i] * rate * sizes[i] * move;
      }
    }
  }
}

/**
 * A parameter with steps in units of the root mean square of each channel, or of the mean where a
 * channel has less.
 * @param channelOf channel of value number `i`.
 */
export function parameterOf(
  values: Float32Array,
  channels: number,
  channelOf: (i: number) => number,
): Parameter {
  const squares = new Float64Array(channels);
  values.forEach((w, i) => squares[channelOf(i)] += w * w * channels / values.length);
  const roots = squares.map(Math.sqrt);
  const mean = roots.reduce((sum, root) => sum + root, 0) / channels || 1;
  const sizes = Float32Array.from(values, (_, i) => Math.max(roots[channelOf(i)], FLOOR * mean));
  return { values, gradient: new Float32Array(values.length), sizes };
}
