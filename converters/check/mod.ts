/**
 * Comparing a bundle with the original.
 * @module
 */
export { compareOutputs, type Comparison } from "./compare_outputs.ts";
export { decide } from "./metrics.ts";
export { mcNemar } from "./mc_nemar.ts";
export { newcombe } from "./newcombe.ts";
export { percentile } from "./percentile.ts";
export { wilson } from "./wilson.ts";
export type { AccuracyReport, LayerReport, MismatchReport, Report } from "./report.ts";
