/**
 * report.json as a type (DESIGN.md §1): what a run found out, for programs to rely on.
 * `cli/report/report.schema.json` is the same as a JSON Schema.
 * @module
 */
import type { ErrorData } from "../../runtime/format/error.ts";
import type { SearchReport } from "./search.ts";

/** One layer of the bundle. */
export interface LayerReport {
  /** Name. */
  name: string;
  /** Operator. */
  op: string;
  /** Encoding of the weights, or null where there are none. */
  weights: string | null;
  /** Bytes of the layer's constants as shipped. */
  bytes: number;
  /** Multiply-accumulates of one inference. */
  macs: number;
  /** Signal to quantization noise of the layer's output against the float model, dB; null = exact or not measured. */
  sqnrDb: number | null;
  /** Cosine of the angle between the layer's output and the float model's; null as above. */
  cosine: number | null;
  /** `hash32` of the layer's output on the first golden sample, 8 hex digits. */
  hash: string | null;
  /** Time of the layer in one warm inference on the target, milliseconds; null where not measured. */
  ms: number | null;
  /** Instructions of the layer in one inference on a microcontroller; absent elsewhere. */
  instructions?: number | null;
  /** Why it stayed float, and so on. */
  reason: string | null;
}

/** Accuracy of the original and of the bundle on the same held-out samples. */
export interface AccuracyReport {
  /** What was measured. */
  metric: "top1" | "top5" | "auc" | "mse" | "agreement";
  /** How many samples were evaluated. */
  samples: number;
  /** Of the original model. */
  original: number;
  /** Of the bundle. */
  bundle: number;
  /** 95% interval of the original's. */
  originalInterval: [number, number];
  /** 95% interval of the bundle's. */
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
  /** Which golden sample, from 0. */
  golden: number;
  /** Name of the layer. */
  layer: string;
  /** Operator. */
  op: string;
  /** Place in the output, from 0. */
  element: number;
  /** What the bundle computed. */
  got: number;
  /** What the reference computed. */
  wanted: number;
}

/** What a microcontroller takes to run the model. Sizes are bytes. */
export interface DeviceReport {
  /** Name of the board. */
  board: string;
  /** Core and a chip that has it, for people. */
  title: string;
  /** Emulated machine, or serial port of a real board. */
  machine: string;
  /** How the emulated machine differs from the board, or null. */
  standIn: string | null;
  /** Machine code at -O2 (smallText at -Os) and constants of model.c, and what the board has. */
  flash: { text: number; rodata: number; smallText: number; available: number };
  /** The arena, all memory of model.c that starts as zeros, most stack in use, what the board has. */
  ram: { arena: number; bss: number; stack: number | null; available: number };
  /** Instructions of one inference (cycles on a real board), or null where not counted. */
  instructions: number | null;
  /** Whether the self-test passed. */
  selfTest: boolean;
  /** Samples whose outputs were compared with the WASM engine's, and how many had the same bits. */
  sameAsWasm: { samples: number; same: number };
}

/** report.json. Fractions are 0…1, bytes are bytes, times milliseconds. */
export interface Report {
  /** Name and version of this form. */
  schema: "kedge/report/1";
  /** Version of kedge. */
  kedge: string;
  /** The original model. */
  model: {
    name: string;
    sha256: string;
    parameters: number;
    operations: number;
    /** Where the original was read, so that `check` finds it again. */
    path: string;
  };
  /** Where the bundle runs. */
  target: { name: string; runtime: string };
  /** What was done; using it again gives the same bytes. */
  recipe: Record<string, unknown>;
  /** Seed of the sample split. */
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
  /** Largest difference of an output from the reference's on the golden samples, or null. */
  goldenError: number | null;
  /** First difference from the reference, or null. */
  mismatch: MismatchReport | null;
  /** Warm time of one inference, or null. */
  latencyMs: { p50: number; p95: number } | null;
  /** Whole process from start to first result, or null. */
  coldStartMs: number | null;
  /** Arena of all activations, and peak of the process. */
  memory: { arenaBytes: number; peakBytes: number | null };
  /** What the board takes; only target mcu has it. */
  device?: DeviceReport;
  /** How samples were split. */
  split: {
    seed: number;
    calibration: number;
    selection: number;
    evaluation: number;
    source: string;
  } | null;
  /** The bundle's layers in running order. */
  layers: LayerReport[];
  /** How the recipe was found, where a search did. */
  search?: SearchReport;
  /** Errors that set the exit code (floor or budget missed), same form as any error. */
  misses: ErrorData[];
}
