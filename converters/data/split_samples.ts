/**
 * Splits samples into those that calibrate and those that are evaluated.
 * @module
 */
import { seededRandom } from "./random.ts";

/** How many of `count` samples calibrate: a quarter, at most 128, at least 1. */
export function defaultCalibration(count: number): number {
  return Math.max(1, Math.min(128, Math.floor(count / 4)));
}

/**
 * A seeded shuffle (Fisher and Yates), cut in two; both lists ascend and share no sample.
 * @param calibration how many of `count` calibrate.
 */
export function splitSamples(
  count: number,
  calibration: number,
  seed: number,
): { calibration: number[]; evaluation: number[] } {
  const random = seededRandom(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const ascending = (list: number[]) => list.sort((a, b) => a - b);
  return {
    calibration: ascending(order.slice(0, calibration)),
    evaluation: ascending(order.slice(calibration)),
  };
}
