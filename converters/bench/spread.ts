/**
 * How measurements lie.
 * @module
 */
import { percentile } from "../check/mod.ts";

/** Measurements in their own unit. */
export interface Spread {
  /** As many lie below as above. */
  median: number;
  /** The smallest. */
  min: number;
  /** A quarter lies below. */
  p25: number;
  /** Three quarters lie below. */
  p75: number;
  /** Nineteen of twenty lie below. */
  p95: number;
  /** How many there were. */
  count: number;
}

/** Percentiles by nearest rank; at least one value. */
export function spread(values: readonly number[]): Spread {
  const ascending = values.toSorted((a, b) => a - b);
  const at = (p: number) => percentile(ascending, p);
  const count = values.length;
  return { median: at(50), min: ascending[0], p25: at(25), p75: at(75), p95: at(95), count };
}

/** Median of at least one value. */
export function median(values: readonly number[]): number {
  return percentile(values.toSorted((a, b) => a - b), 50);
}
