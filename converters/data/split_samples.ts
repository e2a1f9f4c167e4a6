/**
 * Splits samples into those that calibrate and those that are evaluated.
 * @module
 */
import { seededRandom } from "./random.ts";

/** How many of `count` samples calibrate: a quarter, at most 128, at least 1. */
export function defaultCalibration(count: number): number {
  return Math.max(1, Math.min(128, Math.floor(count / 4)));
}

/** Numbers of samples, each list ascending; no two share one. */
export interface Split {
  calibration: number[];
  selection: number[];
  evaluation: number[];
}

/**
 * A seeded shuffle (Fisher and Yates), cut in up to three.
 * @param calibration how many of `count` calibrate.
 * @param selection how many of the others a search chooses by.
 */
export function splitSamples(
  count: number,
  calibration: number,
  seed: number,
  selection = 0,
): Split {
  const random = seededRandom(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const ascending = (list: number[]) => list.sort((a, b) => a - b);
  return {
    calibration: ascending(order.slice(0, calibration)),
    selection: ascending(order.slice(calibration, calibration + selection)),
    evaluation: ascending(order.slice(calibration + selection)),
  };
}
