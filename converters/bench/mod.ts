/**
 * Benchmarks against other runtimes.
 * @module
 */
export { bench } from "./bench.ts";
export { type BenchOptions, type Peer, PEERS } from "./options.ts";
export type { BenchReport, ContenderReport, LayerTime } from "./report.ts";
export type { Bytes, FileBytes } from "./shipped_bytes.ts";
export type { Spread } from "./spread.ts";
export {
  benchCompression,
  type CompressionBenchOptions,
  type CompressionReport,
  type MethodReport,
} from "./compression.ts";
export { type Method, METHODS, PRUNING_METHODS } from "./compression_methods.ts";
