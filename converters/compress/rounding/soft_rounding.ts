/**
 * Weights that lie between two levels while it is learned which one they take.
 * @module
 */

/** Stretch of the sigmoid, so that it reaches 0 and 1. */
const [ZETA, GAMMA] = [1.1, -0.1];
/** Share of the steps before the regulariser acts. */
const WARM = 0.2;
/** β at the beginning and at the end: only decisions that are nearly made are pushed at first. */
const [BETA_START, BETA_END] = [20, 2];
/** Adam's decays and the guard of its division. */
const [DECAY1, DECAY2, TINY] = [0.9, 0.999, 1e-12];

/**
 * Nagel et al. 2020, "Up or Down? Adaptive Rounding for Post-Training Quantization",
 * arXiv:2004.10568, eq. 21–24: a weight is ŵ = low + width·h(V), h(V) = clip(σ(V)·(ζ − γ) + γ, 0, 1),
 * and the loss gets λ·Σ(1 − |2h(V) − 1|^β) besides. β falls from 20 to 2 by a cosine after the first
 * fifth of the steps, so that at the end every h is 0 or 1. V moves by Adam (arXiv:1412.6980).
 */
export class SoftRounding {
  /** h(V). */
  readonly h: Float64Array;
  readonly #v: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  /**
   * @param low real values of the lower levels.
   * @param width to the upper levels; 0 where there is no choice.
   * @param shares h at the start, 0…1.
   */
  constructor(
    readonly low: Float64Array,
    readonly width: Float64Array,
    shares: Float64Array,
  ) {
    this.h = shares.slice();
    this.#v = shares.map((share) => -Math.log((ZETA - GAMMA) / (share - GAMMA) - 1));
    this.#first = new Float64Array(low.length);
    this.#second = new Float64Array(low.length);
  }

  /** Writes ŵ. */
  write(values: Float32Array | Float64Array): void {
    const { low, width, h } = this;
    for (let k = 0; k < h.length; k++) values[k] = low[k] + width[k] * h[k];
  }

  /**
   * Takes one step.
   * @param gradient of the loss by ŵ.
   * @param progress share of all steps that this one ends, 0…1.
   * @param rate of Adam.
   * @param lambda weight of the regulariser.
   */
  step(gradient: ArrayLike<number>, progress: number, rate: number, lambda: number): void {
    const time = Math.max(0, (progress - WARM) / (1 - WARM));
    const beta = BETA_END + (BETA_START - BETA_END) * (1 + Math.cos(Math.PI * time)) / 2;
    const [v, first, second] = [this.#v, this.#first, this.#second];
    this.#steps++;
    const [scale1, scale2] = [DECAY1, DECAY2].map((decay) => 1 / (1 - decay ** this.#steps));
    for (let k = 0; k < v.length; k++) {
      const h = this.h[k];
      const s = sigmoid(v[k]);
      const slope = h > 0 && h < 1 ? s * (1 - s) * (ZETA - GAMMA) : 0;
      const away = 2 * h - 1;
      const push = time > 0 && this.width[k]
        ? -lambda * beta * 2 * Math.abs(away) ** (beta - 1) * Math.sign(away)
        : 0;
      const g = (gradient[k] * this.width[k] + push) * slope;
      first[k] = DECAY1 * first[k] + (1 - DECAY1) * g;
      second[k] = DECAY2 * second[k] + (1 - DECAY2) * g * g;
      v[k] -= rate * first[k] * scale1 / (Math.sqrt(second[k] * scale2) + TINY);
      this.h[k] = Math.max(0, Math.min(1, sigmoid(v[k]) * (ZETA - GAMMA) + GAMMA));
    }
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
