/**
 * How far a model's outputs are from the float model's.
 * @module
 */

/** Probabilities are at least this, so that no logarithm is infinite. */
const LEAST = 1e-7;

/**
 * Kullback–Leibler divergence Σ p·log(p/q) of the classes' probabilities by sample, p of the float
 * model, q of the other. Scores that are no probabilities go through softmax first. It needs no
 * labels, and half the Fisher information times the squared error of the logits is its second-order
 * form.
 * @param original scores by sample.
 */
export function divergences(
  original: readonly Float32Array[],
  got: readonly Float32Array[],
): number[] {
  const raw = original.some((scores) => !areProbabilities(scores));
  const distribution = raw ? softmax : (scores: Float32Array) => Float64Array.from(scores);
  return original.map((scores, i) => {
    const [p, q] = [distribution(scores), distribution(got[i])];
    return p.reduce((kl, value, c) => {
      const [a, b] = [Math.max(value, LEAST), Math.max(q[c], LEAST)];
      return kl + a * Math.log(a / b) - a + b;
    }, 0);
  });
}

/**
 * Squared error by sample, over all outputs, as a share of the mean Σ original² of a sample: their
 * mean is noise to signal.
 */
export function squaredErrors(
  original: readonly Float32Array[][],
  got: readonly Float32Array[][],
): number[] {
  let signal = 0;
  const errors = original.map((outputs, i) =>
    outputs.reduce((sum, values, o) => {
      values.forEach((value) => signal += value ** 2);
      return sum + values.reduce((sum, value, k) => sum + (value - got[i][o][k]) ** 2, 0);
    }, 0)
  );
  return errors.map((error) => error / (signal / original.length || 1));
}

/** The mean of losses. */
export function mean(losses: readonly number[]): number {
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
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
