/**
 * report.json as a type (DESIGN.md §1): what a run found out, for programs to rely on.
 * `cli/report/report.schema.json` is the same as a JSON Schema.
 * @module
 */
import type { ErrorData } from "../../runtime/format/error.ts";

/** One layer of the bundle. */
export interface LayerReport {
  name: string;
  op: string;
  /** Encoding of the weights, or null where there are none. */
  weights: string | null;
  /** Bytes of the layer's constants as shipped. */
  bytes: number;
  /** Multiply-accumulates of one inference. */
  macs: number;
  /** Signal to quantization noise of the layer's output against the float model, dB; null = exact or not measured. */
  sqnrDb: number | null;
  /** `hash32` of the layer's output on the first golden sample, 8 hex digits. */
  hash: string | null;
  /** Why it stayed float, and so on. */
  reason: string | null;
}

/** Accuracy of the original and of the bundle on the same held-out samples. */
export interface AccuracyReport {
  metric: "top1" | "top5" | "auc" | "mse" | "agreement";
  samples: number;
  original: number;
  bundle: number;
  /** 95% Wilson intervals of the two. */
  originalInterval: [number, number];
  bundleInterval: [number, number];
  /** original − bundle (bundle − original for mse). */
  drop: number;
  /** 95% interval of the paired difference (Newcombe 1998, method 10). */
  dropInterval: [number, number];
  /** Share of samples with the same top-1 prediction. */
  agreement: number;
  /** Exact McNemar test, two-sided. */
  pValue: number;
  /** top-5 of both, where there are more than five classes. */
  top5?: { original: number; bundle: number };
}

/** First difference from the reference. */
export interface MismatchReport {
  golden: number;
  layer: string;
  op: string;
  element: number;
  got: number;
  wanted: number;
}

/** report.json. Fractions are 0…1, bytes are bytes, times milliseconds. */
export interface Report {
  schema: "kedge/report/1";
  kedge: string;
  model: {
    name: string;
    sha256: string;
    parameters: number;
    operations: number;
    /** Where the original was read, so that `check` finds it again. */
    path: string;
  };
  target: { name: string; runtime: string };
  recipe: Record<string, unknown>;
  seed: number;
  /** `weights`: constants in model.kedge; `model`: model.kedge; `code`: everything else of the module; `total`: what is shipped. */
  bytes: {
    original: number;
    weights: number;
    model: number;
    code: number;
    total: number;
    codeGzip: number;
    codeBrotli: number;
    totalGzip: number;
    totalBrotli: number;
  };
  /** Null when there were no data to measure with. */
  accuracy: AccuracyReport | null;
  /** Against the original model's outputs, over the held-out samples. maxRelativeError is of the output's range. */
  outputs: {
    sqnrDb: number | null;
    maxAbsError: number;
    maxRelativeError: number;
  } | null;
  /** Golden samples bit-equal to the reference; null when not run. */
  bitExact: boolean | null;
  mismatch: MismatchReport | null;
  latencyMs: { p50: number; p95: number } | null;
  coldStartMs: number | null;
  memory: { arenaBytes: number; peakBytes: number | null };
  /** How samples were split. */
  split: {
    seed: number;
    calibration: number;
    evaluation: number;
    source: string;
  } | null;
  layers: LayerReport[];
  /** Errors that set the exit code (floor or budget missed), same form as any error. */
  misses: ErrorData[];
}
