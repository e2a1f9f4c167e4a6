/**
 * What the tables of `bench-compression` compare.
 * @module
 */
import type { Recipe } from "../recipe/mod.ts";

/** A recipe with a name. */
export interface Method {
  /** What the table calls it. */
  name: string;
  /** What it says besides the recipe of the whole run. */
  recipe: Partial<Recipe>;
}

const INT4 = { weights: "int4" } as const;

/** Plain rounding, and what each further step gains. */
export const METHODS: readonly Method[] = [
  { name: "int8", recipe: {} },
  { name: "  with ranges of all values", recipe: { calibrate: "minmax" } },
  { name: "  with ranges by percentile", recipe: { calibrate: "percentile" } },
  { name: "  with ranges by squared error", recipe: { calibrate: "mse" } },
  {
    name: "int4: largest weight, nearest",
    recipe: { weightBits: 4, round: "plain", biasCorrection: false },
  },
  { name: "  + best step", recipe: { ...INT4, round: "plain", biasCorrection: false } },
  { name: "  + bias correction", recipe: { ...INT4, round: "plain" } },
  { name: "  + steps by inputs", recipe: { ...INT4, round: "nearest" } },
  { name: "int4: GPTQ", recipe: { ...INT4, round: "gptq" } },
  { name: "int4: coordinate descent", recipe: { ...INT4, round: "cd" } },
  { name: "int4: AdaRound", recipe: { ...INT4, round: "adaround" } },
  { name: "int4: best by layer", recipe: INT4 },
  { name: "  + learned by block", recipe: { ...INT4, round: "block" } },
  { name: "  in groups of 32", recipe: { ...INT4, group: 32 } },
  { name: "  with ranges of all values", recipe: { ...INT4, calibrate: "minmax" } },
];

/** Fewer channels, without and with what makes up for them. */
export const PRUNING_METHODS: readonly Method[] = [
  { name: "all channels", recipe: {} },
  { name: "30% of the channels less", recipe: { pruneChannels: 0.3, refit: false } },
  { name: "  + refit", recipe: { pruneChannels: 0.3 } },
  { name: "  + 16 epochs of distillation", recipe: { pruneChannels: 0.3, distill: 16 } },
  {
    name: "30% of all together + refit",
    recipe: { pruneChannels: 0.3, pruneScope: "global" },
  },
];
