/**
 * What every target gives the rest of kedge: files, and a way to run them for a check.
 * @module
 */
import type { SelfCheck } from "../../runtime/engine/self_check.ts";
import type { Model } from "../../runtime/format/model.ts";
import type { DeviceReport } from "../check/report.ts";

/** Files of a bundle by path. */
export type BundleFiles = Map<string, Uint8Array>;

/** What a target says when it has started. */
export interface TargetHello {
  /** What it runs on, with versions. */
  readonly runtime: string;
}

/** What a target found out besides the outputs of samples. */
export interface TargetFindings {
  readonly selfCheck: SelfCheck;
  /** Output bytes of the layer that differs first; null where none does. */
  readonly mismatchBytes: readonly number[] | null;
  /** Milliseconds of each timed run; none where time means nothing (an emulator). */
  readonly latencies: readonly number[];
  /** Milliseconds of each operator, in running order; none where not measured. */
  readonly layers: readonly number[];
  /** Highest resident memory of the process, bytes, or null. */
  readonly peakBytes: number | null;
  /** What a microcontroller has to say. */
  readonly device?: DeviceReport;
  /** Instructions of each operator on a microcontroller; null where it has no code of its own. */
  readonly instructions?: readonly (number | null)[];
}

/** A running check. */
export interface TargetRun {
  readonly hello: TargetHello;
  /** Runs one sample: inputs in model order to outputs in model order. */
  run(inputs: readonly Float32Array[]): Promise<Float32Array[]>;
  /** Golden samples, time, memory; ends the check. */
  finish(): Promise<TargetFindings>;
  /** Ends it at once if it still runs. */
  stop(): void;
}

/** Emitted files that can be run. */
export interface Runnable {
  /** Starts a check of the model in the files. */
  start(model: Model): Promise<TargetRun>;
  /** Milliseconds from start to first result, or null where that means nothing. */
  measureColdStart(): Promise<number | null>;
}
