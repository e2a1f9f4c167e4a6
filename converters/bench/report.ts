/**
 * What a benchmark gives.
 * @module
 */
import type { ErrorData } from "../../runtime/format/error.ts";
import type { Bytes, FileBytes } from "./shipped_bytes.ts";
import type { Spread } from "./spread.ts";

/** Time of one layer of one of our bundles. */
export interface LayerTime {
  /** Name of the layer. */
  name: string;
  /** The runtime's operator. */
  op: string;
  /** Multiply-accumulates of one run. */
  macs: number;
  /** Median milliseconds, the clock's own time taken off. */
  milliseconds: number;
  /** Share of the sum of all layers. */
  share: number;
  /** Thousand millions of operations a second, two per multiply-accumulate; null without any. */
  gops: number | null;
  /** Share of the kernel peak of this precision; null without operations. */
  ofPeak: number | null;
}

/** What one contender showed. */
export interface ContenderReport {
  /** "kedge int8": unique in the report. */
  name: string;
  /** Runtime with its version. */
  runtime: string;
  /** How weights and activations are held. */
  precision: string;
  /** Whether it is kedge. */
  own: boolean;
  /** Milliseconds of an inference, warm. */
  latencyMs: Spread;
  /**
   * How many times as long it takes as each of kedge's, by name: the median over the rounds, in
   * each of which all ran one behind the other.
   */
  timesAsLong: Record<string, { median: number; p25: number; p75: number }>;
  /** Thousand millions of the model's operations a second, at the median. */
  gops: number;
  /** Share of the kernel peak of its precision; null where it is not kedge. */
  ofPeak: number | null;
  /** Milliseconds of a whole process from start to first result. */
  coldStartMs: Spread;
  /** Peak resident memory until the first result above an empty Deno's; null where unknown. */
  firstResultBytes: number | null;
  /**
   * The same of the whole process. Most of it are pages of Deno's own code, which a process takes in as it
   * uses them: V8's optimizing compiler alone is some 9 MB.
   */
  memoryBytes: number | null;
  /** Bytes to ship. */
  bytes: Bytes & { files: FileBytes[] };
  /**
   * Place of the largest value of the first output, to see whether all answer the same; null where
   * a runtime could not be given the sample in the model's own integers.
   */
  best: number | null;
  /** Time of each layer, where it was asked for. */
  layers?: LayerTime[];
}

/** A whole benchmark. */
export interface BenchReport {
  /** Version of this form. */
  schema: "kedge/bench/1";
  /** Version of kedge. */
  kedge: string;
  /** What was run; `operations` are two per multiply-accumulate. */
  model: { name: string; sha256: string; operations: number };
  /** Where it was run: one thread, batch 1. */
  machine: { processor: string; system: string; deno: string; v8: string };
  /** Rounds over all contenders, and how long each ran in each of them, milliseconds. */
  rounds: { count: number; milliseconds: number; coldStarts: number };
  /** All that took part, kedge first. */
  contenders: ContenderReport[];
  /** A process with nothing in it: the floor of cold start and memory. */
  empty: { coldStartMs: Spread; firstBytes: number | null; peakBytes: number | null };
  /** Thousand millions of operations a second of kedge's kernels on a 60×120×576 product. */
  peaks: Record<string, number>;
  /** What was asked for and could not take part, with the reason. */
  skipped: { name: string; reason: ErrorData }[];
}
