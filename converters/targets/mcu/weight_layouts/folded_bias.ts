/**
 * The input's zero point moves into the bias, so that inner loops are dot products of stored
 * values: Σ (x − zx) · w = Σ x · w − zx · Σ w.
 * @module
 */

/**
 * bias[c] − zx · Σ w[c].
 * @param bias [channels], or null for zeros.
 * @param weights [channels, K], or [K, channels] where `depthwise`.
 * @param zeroPoint zx, of the input; cells of padding hold it too.
 */
export function foldedBias(
  bias: Int32Array | null,
  weights: Int8Array,
  channels: number,
  zeroPoint: number,
  depthwise = false,
): Int32Array {
  const depth = weights.length / channels;
  return Int32Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += weights[depthwise ? k * channels + c : c * depth + k];
    return (bias?.[c] ?? 0) - zeroPoint * sum;
  });
}
