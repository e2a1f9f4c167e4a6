/**
 * What every metric says about two models on the same samples.
 * @module
 */
import type { AccuracyReport } from "./report.ts";

/** The metric of both, its paired difference, and how sure they are. */
export type Paired = Pick<
  AccuracyReport,
  | "original"
  | "bundle"
  | "originalInterval"
  | "bundleInterval"
  | "drop"
  | "dropInterval"
  | "pValue"
>;
