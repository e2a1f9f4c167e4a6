/**
 * Frequencies of symbols out of a family with two parameters. All of it is
 * made of +, ×, ÷ and square roots, which IEEE 754 rounds alike everywhere.
 * @module
 */

/** Frequencies of a class sum to this. */
export const TOTAL = 1 << 14;

/** Exponents of the family, in quarters: 2 is sharper than Laplace's 4, 8 is Gauss's. */
export const EXPONENTS = [2, 3, 4, 5, 6, 8, 10, 12] as const;

/** 2^(k/8). */
const EIGHTHS = [
  ...[1, 1.0905077326652577, 1.189207115002721, 1.2968395546510096],
  ...[1.4142135623730951, 1.5422108254079407, 1.681792830507429, 1.8340080864093424],
] as const;

/** 2^(step/8 − 4), for a step of 0…111. */
export function scaleOf(step: number): number {
  return EIGHTHS[step & 7] * (1 << (step >> 3)) / 16;
}

/**
 * Whole frequencies of at least 1 that sum to `TOTAL`, nearly in proportion to weights; where a
 * weight is 0, none. The largest takes what rounding leaves.
 */
export function normalize(weights: ArrayLike<number>): Uint16Array {
  const frequencies = new Uint16Array(weights.length);
  let sum = 0;
  let count = 0;
  let largest = 0;
  for (let i = 0; i < weights.length; i++) {
    if (!weights[i]) continue;
    sum += weights[i];
    count++;
    if (weights[i] > weights[largest]) largest = i;
  }
  let left = TOTAL;
  for (let i = 0; i < weights.length; i++) {
    if (!weights[i]) continue;
    frequencies[i] = 1 + Math.floor(weights[i] * (TOTAL - count) / sum);
    left -= frequencies[i];
  }
  frequencies[largest] += left;
  return frequencies;
}

/**
 * Weights of low…high in the generalized Gaussian distribution exp(−(|x − mean| / scale)^exponent)
 * (Nadarajah 2005, doi:10.1080/02664760500079464). A narrow one is taken as the mean of three points
 * of each unit.
 * @param exponent in quarters.
 */
export function generalizedGaussian(
  low: number,
  high: number,
  mean: number,
  scale: number,
  exponent: number,
): Float64Array {
  const weights = new Float64Array(high - low + 1);
  const at = (x: number) => exponential(quarterPower(Math.abs(x) / scale, exponent));
  for (let i = 0; i < weights.length; i++) {
    const x = low + i - mean;
    // Both sides of a middle are alike, and those on the left are known.
    const mirrored = -2 * low - i;
    if (mean === 0 && scale >= 4 && mirrored >= 0 && mirrored < i) {
      weights[i] = weights[mirrored];
      continue;
    }
    weights[i] = at(x) + 1e-9;
    if (scale < 4) weights[i] = (weights[i] + at(x - 1 / 3) + at(x + 1 / 3)) / 3;
  }
  return weights;
}

/** x^(quarters/4). */
function quarterPower(x: number, quarters: number): number {
  const root = Math.sqrt(Math.sqrt(x));
  let power = 1;
  for (let i = 0; i < quarters; i++) power *= root;
  return power;
}

/** e^−x of x ≥ 0, to some 7 digits; 0 where it is below 2^−30. */
export function exponential(x: number): number {
  const scaled = x * 1.4426950408889634;
  if (!(scaled < 30)) return 0;
  const whole = Math.floor(scaled);
  const rest = (whole - scaled) * 0.6931471805599453;
  // Taylor's series of e^rest, −0.7 < rest ≤ 0.
  let sum = 1 + (1 + (1 + (1 + rest / 9) * rest / 8) * rest / 7) * rest / 6;
  sum = 1 + (1 + (1 + (1 + sum * rest / 5) * rest / 4) * rest / 3) * rest / 2;
  return (1 + sum * rest) / (1 << whole);
}
