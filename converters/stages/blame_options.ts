/**
 * What `blame` takes and gives.
 * @module
 */
import type { AccuracyReport } from "../check/report.ts";
import type { LayerRule } from "../recipe/mod.ts";
import type { ConvertOptions } from "./options.ts";

/** What to look into. */
export interface BlameOptions extends Omit<ConvertOptions, "labels"> {
  /** Largest drop of the metric, as a fraction; with it there is a suggestion how to keep to it. */
  maxDrop?: number;
}

/** What one layer loses. SQNR in dB, null where nothing is lost; cosine −1…1. */
export interface LayerBlame {
  /** Name. */
  name: string;
  /** Operator. */
  op: string;
  /** What its weights are, for example "int8" or "int8, 4 bits". */
  weights: string;
  /** Number of its weights. */
  parameters: number;
  /** With this layer alone quantized: of the model's output, and of the layer's own. */
  alone: { outputSqnrDb: number | null; sqnrDb: number | null; cosine: number | null };
  /** Of the layer's output, with all layers quantized. */
  together: { sqnrDb: number | null; cosine: number | null };
}

/** How to keep to the largest drop. */
export interface Suggestion {
  /** Largest drop wanted. */
  maxDrop: number;
  /** Rules to put behind those of the recipe. */
  rules: LayerRule[];
  /** Measured with these rules. */
  accuracy: AccuracyReport;
  /** Whether they keep to it; where even the float model's weights do not, nothing does. */
  met: boolean;
}

/** What `blame` found. */
export interface BlameReport {
  /** Name and version of this form. */
  schema: "kedge/blame/1";
  /** Version of kedge. */
  kedge: string;
  /** The original model. */
  model: { name: string; sha256: string };
  /** The recipe that was looked into. */
  recipe: Record<string, unknown>;
  /** How many calibration samples noise was measured on, and how many others accuracy. */
  samples: { noise: number; evaluation: number };
  /** Of the model's output with all layers quantized. */
  outputSqnrDb: number | null;
  /** With all layers quantized, against the float model; null without samples held out. */
  accuracy: AccuracyReport | null;
  /** The layer that costs the output most first. */
  layers: LayerBlame[];
  /** Null where no largest drop was given. */
  suggestion: Suggestion | null;
}
