/**
 * A bias that follows its layer's weights.
 * @module
 */
import type { CoreNode } from "../../graph/graph.ts";
import type { Weights } from "../weighted.ts";

/**
 * b = b₀ − Σ (ŵ − ŵ₀)·E[x̂]: however weights are rounded, the layer's mean output stays what it was, as
 * with bias correction (correct_bias.ts). So the loss has the slope ∂L/∂ŵ − ∂L/∂b·E[x̂].
 */
export class CentredBias {
  readonly #weights: Float32Array;
  readonly #bias: Float32Array;
  /** E[x̂] of what each weight multiplies. */
  readonly #means: Float32Array;
  /** Channel of each weight. */
  readonly #channels: Uint32Array;

  /**
   * @param weights ŵ₀.
   * @param bias b₀.
   * @param patch mean input patch, [KH, KW, C] or [K].
   */
  constructor(
    { params: { groups = 1 } }: CoreNode,
    { data, shape, axis, depth }: Weights,
    bias: Float32Array,
    patch: Float64Array,
  ) {
    const channels = shape[axis];
    const inner = shape[shape.length - 1];
    this.#weights = data.slice();
    this.#bias = bias.slice();
    this.#channels = Uint32Array.from(
      data,
      (_, i) => axis === 0 ? Math.floor(i / depth) : i % channels,
    );
    this.#means = Float32Array.from(data, (_, i) => {
      if (axis !== 0) return patch[i];
      const k = i % depth;
      const group = Math.floor(this.#channels[i] * groups / channels);
      return patch[(Math.floor(k / inner) * groups + group) * inner + k % inner];
    });
  }

  /** Writes the bias that goes with weights. */
  write(weights: Float32Array, bias: Float32Array): void {
    bias.set(this.#bias);
    for (let i = 0; i < weights.length; i++) {
      bias[this.#channels[i]] -= (weights[i] - this.#weights[i]) * this.#means[i];
    }
  }

  /** Makes of the weights' gradient with a bias that stays the one with a bias that follows. */
  follow(gradient: Float32Array, bias: Float32Array): void {
    for (let i = 0; i < gradient.length; i++) {
      gradient[i] -= bias[this.#channels[i]] * this.#means[i];
    }
  }
}
