/**
 * Figures out of measurements.
 * @module
 */
import type { Model } from "../../runtime/format/model.ts";
import { macsOf } from "../targets/macs.ts";
import type { ContenderReport, LayerTime } from "./report.ts";
import type { WarmResult } from "./run_side_by_side.ts";
import { median, spread } from "./spread.ts";

/** How many times as long a contender takes as each of ours, by name, compared round by round. */
export function compareWithOwn(
  { rounds }: WarmResult,
  results: readonly WarmResult[],
): ContenderReport["timesAsLong"] {
  const own = results.filter(({ contender }) => contender.own);
  return Object.fromEntries(own.map(({ contender, rounds: ours }) => {
    const ratios = rounds.map((times, round) => median(times) / median(ours[round]));
    const { count: _count, min: _min, p95: _p95, ...middle } = spread(ratios);
    return [contender.name, middle];
  }));
}

/**
 * What each layer of a model takes.
 * @param times milliseconds, by running order.
 * @param peak thousand millions of operations a second that the kernels reach.
 */
export function layerTimes(model: Model, times: readonly number[], peak: number): LayerTime[] {
  const whole = times.reduce((sum, time) => sum + time, 0);
  return model.operators.map((operator, i) => {
    const macs = macsOf(model, operator);
    const gops = macs && times[i] > 0 ? 2 * macs / times[i] / 1e6 : null;
    return {
      name: operator.name,
      op: operator.op,
      macs,
      milliseconds: times[i],
      share: whole > 0 ? times[i] / whole : 0,
      gops,
      ofPeak: gops && gops / peak,
    };
  });
}

/** Place of the largest value, the first of several; null where there is none. */
export function placeOfLargest(values: readonly number[]): number | null {
  const best = values.reduce((at, value, i) => value > (values[at] ?? -Infinity) ? i : at, -1);
  return best < 0 ? null : best;
}
