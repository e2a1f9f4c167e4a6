/**
 * What a student is held to. Each loss can add its slope to the gradient of the values.
 * @module
 */

/** share · ‖values − target‖². */
export function squaredLoss(
  values: Float32Array,
  target: Float32Array,
  share: number,
  gradient: Float32Array | null,
): number {
  let loss = 0;
  for (let i = 0; i < target.length; i++) {
    const error = values[i] - target[i];
    loss += share * error * error;
    if (gradient) gradient[i] += 2 * share * error;
  }
  return loss;
}

/**
 * share · KL(p‖q) = share · Σ p·ln(p/q) with p = softmax(target), q = softmax(values), whose slope is
 * share · (q − p) (Hinton, Vinyals and Dean 2015, arXiv:1503.02531, eq. 2 at temperature 1).
 */
export function divergenceLoss(
  values: Float32Array,
  target: Float32Array,
  share: number,
  gradient: Float32Array | null,
): number {
  const [q, p] = [logSoftmax(values), logSoftmax(target)];
  let loss = 0;
  for (let i = 0; i < target.length; i++) {
    const wanted = Math.exp(p[i]);
    loss += share * wanted * (p[i] - q[i]);
    if (gradient) gradient[i] += share * (Math.exp(q[i]) - wanted);
  }
  return loss;
}

function logSoftmax(scores: Float32Array): Float64Array {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
  return Float64Array.from(scores, (score) => score - most - Math.log(sum));
}
