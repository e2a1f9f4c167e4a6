/**
 * How far a model's outputs are from the float model's.
 * @module
 */

/** Probabilities are at least this, so that no logarithm is infinite. */
const LEAST = 1e-7;

/**
 * Mean Kullback–Leibler divergence Σ p·log(p/q) of the classes' probabilities over all samples, p of
 * the float model, q of the other. Scores that are no probabilities go through softmax first. It
 * needs no labels, and half the Fisher information times the squared error of the logits is its
 * second-order form.
 * @param original scores by sample.
 */
export function meanDivergence(
  original: readonly Float32Array[],
  got: readonly Float32Array[],
): number {
  const raw = original.some((scores) => !areProbabilities(scores));
  const distribution = raw ? softmax : (scores: Float32Array) => Float64Array.from(scores);
  const sum = original.reduce((sum, scores, i) => {
    const [p, q] = [distribution(scores), distribution(got[i])];
    return sum + p.reduce((kl, value, c) => {
      const [a, b] = [Math.max(value, LEAST), Math.max(q[c], LEAST)];
      return kl + a * Math.log(a / b) - a + b;
    }, 0);
  }, 0);
  return sum / original.length;
}

/** Σ (original − got)² / Σ original² over all outputs of all samples: noise to signal. */
export function meanSquaredError(
  original: readonly Float32Array[][],
  got: readonly Float32Array[][],
): number {
  let [noise, signal] = [0, 0];
  original.forEach((outputs, i) =>
    outputs.forEach((values, o) =>
      values.forEach((value, k) => {
        noise += (value - got[i][o][k]) ** 2;
        signal += value ** 2;
      })
    )
  );
  return noise / (signal || 1);
}

/** exp(s) / Σ exp(s), from the largest down. */
function softmax(scores: Float32Array): Float64Array {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function areProbabilities(scores: Float32Array): boolean {
  const sum = scores.reduce((a, b) => a + b, 0);
  return scores.every((score) => score >= 0) && Math.abs(sum - 1) < 0.01;
}
