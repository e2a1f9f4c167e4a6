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
 * form. With a temperature, both distributions are softened by it, p^(1/T) made to sum to 1, and the
 * divergence is T² times theirs (Hinton et al. 2015, arXiv:1503.02531, §2.1): the larger T, the more
 * alike all samples count, of which else the few count where the model is not sure.
 * @param original scores by sample.
 * @param temperature T, 1 or more.
 */
export function divergences(
  original: readonly Float32Array[],
  got: readonly Float32Array[],
  temperature = 1,
): number[] {
  const raw = original.some((scores) => !areProbabilities(scores));
  const distribution = (scores: Float32Array) => {
    if (raw) return softmax(scores, temperature);
    if (temperature === 1) return Float64Array.from(scores);
    return softmax(scores.map((value) => Math.log(Math.max(value, LEAST))), temperature);
  };
  return original.map((scores, i) => {
    const [p, q] = [distribution(scores), distribution(got[i])];
    return temperature ** 2 * p.reduce((kl, value, c) => {
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

/** Standard error of the mean of some values; 0 of one alone. */
export function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
}

/** exp(s/T) / Σ exp(s/T), from the largest down. */
function softmax(scores: Float32Array, temperature: number): Float64Array {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(scores, (score) => Math.exp((score - most) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function areProbabilities(scores: Float32Array): boolean {
  const sum = scores.reduce((a, b) => a + b, 0);
  return scores.every((score) => score >= 0) && Math.abs(sum - 1) < 0.01;
}
