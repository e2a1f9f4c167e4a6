/**
 * What a search for the best recipe found (`kedge search`), for programs to rely on.
 * @module
 */
import type { ErrorData } from "../../runtime/format/error.ts";
import type { LayerRule, Recipe } from "../recipe/mod.ts";
import type { AccuracyReport } from "./report.ts";

/** What the model has to keep to. */
export interface SearchLimits {
  /** Most bytes: of the .kedge file, or in a bundle of all that is shipped. */
  budget?: number;
  /** Largest drop of the metric on the samples chosen by, as a fraction. */
  maxDrop?: number;
  /** Most bytes of the arena. */
  maxArena?: number;
  /** Longest time of one inference by the times of its operators on this machine, milliseconds. */
  maxLatencyMs?: number;
}

/** One recipe that was tried as a whole. */
export interface Candidate {
  /**
   * What it is, no two alike: the same choice for all layers, or the byte budget that its layers were
   * chosen for.
   */
  name: string;
  /** Bytes of its .kedge file, or of its bundle. */
  bytes: number;
  /** Softened divergence from the float model (temperature 4) on the samples chosen by; 0 is none. */
  loss: number;
  /** On the samples chosen by. */
  accuracy: AccuracyReport;
  /** Arena, bytes. */
  arenaBytes: number;
  /** Sum of the times of all operators, or null where they were not measured. */
  estimatedMs: number | null;
  /** Rules behind those of the recipe. */
  rules: LayerRule[];
  /** Whether no other candidate is both smaller and nearer the float model. */
  front: boolean;
}

/** One layer with all its choices. */
export interface LayerOptions {
  /** Name. */
  name: string;
  /** Number of its weights. */
  parameters: number;
  /**
   * By choice: bytes of its weights as coded, what it alone costs, smoothed and as measured (null for
   * float weights, which cost nothing), its milliseconds where time is limited.
   */
  options: {
    choice: string;
    bytes: number;
    loss: number;
    measured: number | null;
    ms: number | null;
  }[];
  /** What it got. */
  chosen: string;
  /** Bytes of its weights by that, as coded. */
  bytes: number;
}

/** What `search` found. */
export interface SearchReport {
  /** Name and version of this form. */
  schema: "kedge/search/1";
  /** Version of kedge. */
  kedge: string;
  /** The original model. */
  model: { name: string; sha256: string };
  /** What was to be kept to. */
  limits: SearchLimits;
  /** How samples were split: to calibrate, to choose by, to evaluate at the end. */
  samples: { seed: number; calibration: number; selection: number; evaluation: number };
  /** Every layer, in running order. */
  layers: LayerOptions[];
  /** All that were tried, the smallest first. */
  candidates: Candidate[];
  /**
   * The best of them within the limits, or the nearest to them: bytes, arena and rules as the recipe
   * gives them, calibrated with all samples that were not held out; the rest as it was measured before.
   */
  chosen: Candidate;
  /** The chosen one on samples that neither calibrated nor chose; null without any. */
  evaluation: AccuracyReport | null;
  /** All layers alike, calibrated and evaluated on the same samples, where that was wanted. */
  uniform: { name: string; bytes: number; accuracy: AccuracyReport }[];
  /** The recipe to use with `--recipe`. */
  recipe: Recipe;
  /** Limits that were missed, same form as any error. */
  misses: ErrorData[];
}
