/**
 * What a layer loses by the error of its weights, of measurements that are mostly noise.
 * @module
 */

/** One measurement. */
export interface LossPoint {
  /** Squared error of the layer's weights beyond that of the best choice, 0 or more. */
  error: number;
  /** What the model lost by it. */
  loss: number;
  /** Standard error of the loss. */
  deviation: number;
}

/**
 * loss ≈ a·error + b·error², a and b ≥ 0, by least squares weighted with 1/deviation². To second
 * order losses go with squared errors (HAWQ-V2, Dong et al. 2020, arXiv:1911.03852, equation 7; here
 * the trace is measured); those of a layer that is nearly gone grow faster.
 * @returns the loss of an error; 0 of any where nothing was measured.
 */
export function lossCurve(points: readonly LossPoint[]): (error: number) => number {
  const sums = { ee: 0, eee: 0, eeee: 0, le: 0, lee: 0 };
  for (const { error, loss, deviation } of points) {
    if (!(error > 0 && deviation > 0)) continue;
    const weight = 1 / deviation ** 2;
    sums.ee += weight * error ** 2;
    sums.eee += weight * error ** 3;
    sums.eeee += weight * error ** 4;
    sums.le += weight * loss * error;
    sums.lee += weight * loss * error ** 2;
  }
  const { ee, eee, eeee, le, lee } = sums;
  const determinant = ee * eeee - eee * eee;
  // Points that are alike tell one number.
  const both = determinant > 1e-9 * ee * eeee;
  let a = both ? (le * eeee - lee * eee) / determinant : -1;
  let b = both ? (lee * ee - le * eee) / determinant : 0;
  if (b < 0 || !both) [a, b] = [ee > 0 ? Math.max(0, le / ee) : 0, 0];
  else if (a < 0) [a, b] = [0, Math.max(0, lee / eeee)];
  return (error) => Math.max(0, error) * (a + b * Math.max(0, error));
}
