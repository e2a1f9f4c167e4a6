/**
 * Ranges of activations over a stream of values.
 * @module
 */
import { leastDivergence } from "./entropy.ts";
import { fromHistogram } from "./histogram.ts";
import { MinMax } from "./minmax.ts";
import { MovingAverage } from "./moving_average.ts";
import { octav } from "./octav.ts";
import { percentileRange } from "./percentile.ts";
import type { Range, RangeFinder } from "./range.ts";
import { leastSquaredError } from "./squared_error.ts";

/** How a range is found. */
export interface RangeSettings {
  /** The method. */
  calibrate: "minmax" | "ema" | "percentile" | "mse" | "octav" | "entropy";
  /** Share of values, in percent, that `percentile` keeps. */
  percentile: number;
}

const FINDERS: Record<RangeSettings["calibrate"], (settings: RangeSettings) => RangeFinder> = {
  minmax: () => new MinMax(),
  ema: () => new MovingAverage(),
  percentile: ({ percentile }) => fromHistogram((values) => percentileRange(values, percentile)),
  mse: () => fromHistogram(leastSquaredError),
  octav: () => fromHistogram(octav),
  entropy: () => fromHistogram(leastDivergence),
};

/** Observes tensors by name, in memory that does not grow with the number of values. */
export class RangeObserver {
  readonly #settingsOf: (tensor: string) => RangeSettings;
  readonly #seen = new Map<string, RangeFinder>();

  /** @param settingsOf how the range of a tensor is found. */
  constructor(settingsOf: (tensor: string) => RangeSettings) {
    this.#settingsOf = settingsOf;
  }

  /** Adds the values of one tensor of one sample. */
  observe(name: string, values: Float32Array): void {
    let finder = this.#seen.get(name);
    if (!finder) {
      const settings = this.#settingsOf(name);
      this.#seen.set(name, finder = FINDERS[settings.calibrate](settings));
    }
    finder.observe(values);
  }

  /** The range of every tensor seen; an end is NaN or infinite where a value was. */
  ranges(): Map<string, Range> {
    return new Map([...this.#seen].map(([name, finder]) => [name, finder.range()]));
  }
}
