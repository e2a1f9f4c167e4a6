/**
 * What a benchmark takes.
 * @module
 */
import type { Progress } from "../stages/options.ts";
import type { Recipe } from "../recipe/mod.ts";

/** Runtimes that kedge can be compared with. */
export const PEERS = ["onnxruntime-web", "litert", "tfjs"] as const;

/** One of them. */
export type Peer = (typeof PEERS)[number];

/** What to measure and against what. */
export interface BenchOptions {
  /** Path of a model, or of the folder of a bundle. */
  model: string;
  /** Path of data: its first sample is run, and int8 is calibrated with some. */
  data?: string;
  /** Separate calibration data. */
  calibration?: string;
  /** Path of a bundle's original model; by default where it was when the bundle was made. */
  original?: string;
  /** What conversions do, besides `weights`. A bundle has its own. */
  recipe?: Partial<Recipe>;
  /** Bundles that are made of a model; int8, where there is data, and float32 when left out. */
  weights?: readonly Recipe["weights"][];
  /** Runtimes to compare with; none when left out. */
  vs?: readonly Peer[];
  /** Times every layer, too. */
  layers?: boolean;
  /** Rounds over all contenders; 15 when left out. */
  rounds?: number;
  /** Told how far it is. */
  progress?: Progress;
}
