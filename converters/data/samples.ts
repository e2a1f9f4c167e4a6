/**
 * What every form of data gives.
 * @module
 */
import type { Preprocess } from "../../runtime/format/model.ts";
import type { NpyArray } from "./npy.ts";

/** Samples before labels are checked. */
export interface Samples {
  /** Number of samples. */
  count: number;
  /** Class numbers before `classOffset`, or targets; null without labels. */
  labels: Pick<NpyArray, "shape" | "values"> | null;
  /** How the first input is made out of 8-bit pixels, or null where samples are no pixels. */
  preprocess: Preprocess | null;
  /** By class number before `classOffset`. */
  classNames: string[];
  /** Float32 values of sample `i` for each model input. */
  inputs(i: number): Promise<Float32Array[]>;
}
