/**
 * What the pipeline takes and gives.
 * @module
 */
import type { Model } from "../../runtime/format/model.ts";
import type { LayerReport, Report } from "../check/report.ts";
import type { BoardName } from "../targets/mcu/mod.ts";
import type { Recipe } from "../recipe/mod.ts";

/** Told how far a stage is: `done` of `total` steps. */
export type Progress = (stage: string, done: number, total: number) => void;

/** What to convert and how. */
export interface ConvertOptions {
  /** Path of the source model. */
  model: string;
  /** Path of the labelled data (.npz, .npy, folder or manifest). */
  data?: string;
  /** Separate calibration data; without it a share of `data` calibrates and is not evaluated. */
  calibration?: string;
  /** Where statistics are kept between runs: the system's place, or null for none. */
  cache?: string | null;
  /** What the conversion does; fields that are left out have their defaults. */
  recipe?: Partial<Recipe>;
  /** Class names, instead of those of the data. */
  labels?: string[];
  /** Told how far it is. */
  progress?: Progress;
}

/** A converted model. */
export interface Conversion {
  /** File name of the original. */
  name: string;
  /** SHA-256 of the original, lower-case hex. */
  sha256: string;
  /** The .kedge file. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The same, read back. */
  model: Model;
  /** The whole recipe. */
  recipe: Recipe;
  /** What every layer costs and loses. */
  layers: LayerReport[];
}

/** What to bundle and how. */
export interface BundleOptions extends ConvertOptions {
  /** Where the bundle is to run. */
  target: "deno" | "mcu";
  /** Board of target mcu; a Cortex-M4 unless given. */
  board?: BoardName;
  /** Bytes of flash, where the board at hand has others than BOARDS says. */
  flash?: number;
  /** Bytes of RAM, the same. */
  ram?: number;
  /** Most samples that the check runs; all of them, or 200 on a microcontroller. */
  checkSamples?: number;
  /** Folder that the bundle becomes. */
  out: string;
  /** Puts weights and kernels beside the module instead of inside. */
  split?: boolean;
  /** Ships what `load({threads: 2})` needs. */
  threads?: boolean;
  /** Largest drop of the metric, as a fraction. */
  maxDrop?: number;
  /** Largest number of shipped bytes. */
  budget?: number;
  /** Whether layers are searched for less precision when the budget is missed; true by default. */
  search?: boolean;
  /** Does everything but write. */
  dryRun?: boolean;
  /** Makes report.html out of the report. */
  renderHtml?: (report: Report) => string;
}
