/**
 * Options that several commands share, and how they become library options.
 * @module
 */
import {
  BOARD_NAMES,
  type BoardName,
  type Choice,
  completeRecipe,
  DEFAULT_RECIPE,
  KedgeError,
  type Recipe,
  STRIPPABLE,
} from "../../mod.ts";
import type { OptionSpecs } from "./command.ts";
import { type Arguments, wrongValue } from "./read_arguments.ts";

/** Every command has these. */
export const COMMON: OptionSpecs = {
  seed: { value: "N", about: `seed of the sample split (${DEFAULT_RECIPE.seed})` },
  "dry-run": { about: "do everything, but write nothing" },
  json: { about: "print one JSON document on stdout, and nothing else" },
  quiet: { about: "print no progress and no table" },
};

/** Options of the data. */
export const DATA: OptionSpecs = {
  data: { value: "PATH", about: ".npz, .npy, folder of pictures, or manifest, with labels" },
};

const WEIGHTS = [
  ...["float32", "float16", "int8", "int4", "int2", "ternary", "binary", "pow2"],
  "codebook:K",
];

/** Options that make a recipe. */
export const RECIPE: OptionSpecs = {
  weights: {
    value: "TYPE",
    about: `how weights are stored (${DEFAULT_RECIPE.weights})`,
    choices: WEIGHTS,
  },
  group: { value: "N", about: "columns of int4 or int2 weights that share a multiplier, 16…128" },
  bases: { value: "N", about: "how many binary weights are added up, 1…3 (1)" },
  "codebook-per": {
    value: "WHAT",
    about: "what shares a codebook (tensor)",
    choices: ["tensor", "channel"],
  },
  round: {
    value: "HOW",
    about: "how weights are rounded; auto takes what errs least on held-out samples (auto)",
    choices: ["auto", "plain", "nearest", "gptq", "cd", "adaround", "block"],
  },
  equalize: {
    value: "WHEN",
    about:
      "even out activations between layers of 7 or 8 bits, or (on) weights in a row, and absorb " +
      "high biases; auto does the latter as far as outputs err less (activations)",
    choices: ["activations", "off", "on", "auto"],
  },
  scales: {
    value: "KIND",
    about: "pow2 makes all scales powers of two, so that rescaling is a shift (any)",
    choices: ["any", "pow2"],
  },
  "weight-bits": {
    value: "N",
    about: `bits of int8 weights, 2 to 8 (${DEFAULT_RECIPE.weightBits})`,
  },
  "reduce-range": {
    value: "WHEN",
    about: "7 bits for layers that run faster so, where outputs lose little by it (off)",
    choices: ["off", "auto"],
  },
  activations: {
    value: "TYPE",
    about: "how activations are computed (int8 with int8 weights)",
    choices: ["float32", "int8"],
  },
  calibrate: {
    value: "HOW",
    about: `how ranges of activations are found (${DEFAULT_RECIPE.calibrate}: what loses least)`,
    choices: ["auto", "minmax", "ema", "percentile", "mse", "octav", "entropy"],
  },
  percentile: {
    value: "P",
    about: `share of values that percentile keeps (${DEFAULT_RECIPE.percentile})`,
  },
  prune: {
    value: "WHAT",
    about: "magnitude:0.6, wanda:0.5, sparsegpt:0.5, 2:4, block:0.5, channels:0.3",
    many: true,
  },
  "prune-scope": {
    value: "HOW",
    about: `what a share is taken of (${DEFAULT_RECIPE.pruneScope})`,
    choices: ["layer", "global", "lamp"],
  },
  norm: {
    value: "NORM",
    about: `how groups are compared (${DEFAULT_RECIPE.norm})`,
    choices: ["l1", "l2"],
  },
  importance: {
    value: "HOW",
    about: `which channels matter (${DEFAULT_RECIPE.importance})`,
    choices: ["refit", "weighted", "activity", "weights"],
  },
  refit: { about: "leave out fitting layers again behind pruned channels", on: true },
  distill: {
    value: "EPOCHS",
    about: "train what was pruned, and biases beside weights of few bits, without labels (0)",
  },
  "bias-correction": { about: "leave out bias correction", on: true },
  "keep-float": { value: "NODE", about: "nodes that stay float32", many: true },
  "rate-distortion": {
    value: "LAMBDA",
    about: "squared steps of error that a bit of a coded weight is worth, 1 for example (0)",
  },
  coder: {
    value: "HOW",
    about: `how int8 weights stand in the file (${DEFAULT_RECIPE.coder})`,
    choices: ["none", "fixed", "auto"],
  },
  strip: {
    value: "PARTS",
    about: "leave out of the file, with commas between",
    choices: [...STRIPPABLE],
    many: true,
  },
  calibration: { value: "PATH", about: "separate data to calibrate with, labelled or not" },
  views: { value: "N", about: "other views of each calibration picture to round weights for (0)" },
  mirror: {
    about:
      "look at pictures and their mirror images, and give the mean: more right, twice the time",
  },
  "calibration-samples": { value: "N", about: "how many samples calibrate (128 or a quarter)" },
  constant: { value: "NAME=X", about: "input that is always this number", many: true },
  dim: { value: "NAME=N", about: "size of an open dimension, for example batch=1", many: true },
  cache: {
    value: "DIR",
    about: 'where statistics are kept between runs, or "none" (the user\'s cache folder)',
  },
  labels: { value: "FILE", about: "class names to pack, one a line" },
  recipe: { value: "FILE", about: "recipe as JSON, or a report.json; options override it" },
};

/** Options of target mcu. */
export const DEVICE: OptionSpecs = {
  board: {
    value: "NAME",
    about: "board of target mcu (cortex-m4)",
    choices: BOARD_NAMES,
  },
  flash: { value: "SIZE", about: "flash of the board, where it is not the known one's" },
  ram: { value: "SIZE", about: "RAM of the board, the same" },
};

/** Options of what a check runs. */
export const CHECK: OptionSpecs = {
  "check-samples": { value: "N", about: "most samples to check (all; 200 on a microcontroller)" },
};

/** Options of target mcu as the library takes them. */
export function readDevice(
  given: Arguments,
): { board?: BoardName; flash?: number; ram?: number; checkSamples?: number } {
  const board = BOARD_NAMES.find((name) => name === given.text("board"));
  if (given.text("target") !== "mcu") {
    for (const name of Object.keys(DEVICE)) {
      if (!given.has(name)) continue;
      throw new KedgeError({
        code: "usage/option",
        message: `Reading the command line: "--${name}" is for target mcu`,
        got: `--target ${given.text("target") ?? "deno"}`,
        wanted: "--target mcu",
        hint: `add --target mcu, or leave --${name} out`,
      });
    }
  }
  return {
    board,
    flash: given.bytes("flash"),
    ram: given.bytes("ram"),
    checkSamples: given.number("check-samples"),
  };
}

/** Limits that decide exit codes 3 and 4. */
export const LIMITS: OptionSpecs = {
  "max-drop": { value: "SHARE", about: "largest drop of the metric, 1% or 0.01; else exit code 3" },
  budget: { value: "SIZE", about: "most bytes to ship, 256KB or 1.5MB; else exit code 4" },
};

/** Limits as the library takes them. */
export function readLimits(given: Arguments): { maxDrop?: number; budget?: number } {
  return { maxDrop: given.share("max-drop"), budget: given.bytes("budget") };
}

/**
 * The recipe that file and options give together; fields that neither has are left out.
 * @param fallback recipe file where the command line names none.
 */
export async function readRecipe(given: Arguments, fallback?: string): Promise<Partial<Recipe>> {
  const file = given.text("recipe") ?? fallback;
  const recipe: Record<string, unknown> = file ? await readRecipeFile(file) : {};
  const set = (field: keyof Recipe, value: unknown) => {
    if (value !== undefined) recipe[field] = value;
  };
  // Other weights bring their own activations, unless those are given too.
  if (given.has("weights")) delete recipe.activations;
  set("weights", given.text("weights"));
  set("weightBits", given.number("weight-bits"));
  set("group", given.number("group"));
  set("bases", given.number("bases"));
  set("codebookPer", given.text("codebook-per"));
  set("round", given.text("round"));
  set("equalize", given.text("equalize"));
  set("scales", given.text("scales"));
  set("reduceRange", given.text("reduce-range"));
  set("activations", given.text("activations"));
  set("calibrate", given.text("calibrate"));
  set("percentile", given.number("percentile"));
  set("rateDistortion", given.number("rate-distortion"));
  set("coder", given.text("coder"));
  if (given.has("strip")) set("strip", given.list("strip"));
  set("views", given.number("views"));
  if (given.has("mirror")) set("mirror", given.isOn("mirror"));
  set("calibrationSamples", given.number("calibration-samples"));
  set("seed", given.number("seed"));
  for (const text of given.list("prune")) {
    const [, share] = /^channels:(.*)$/.exec(text) ?? [];
    if (share === undefined) set("prune", text);
    else set("pruneChannels", Number(share));
  }
  set("pruneScope", given.text("prune-scope"));
  set("norm", given.text("norm"));
  set("importance", given.text("importance"));
  if (given.has("refit")) set("refit", given.isOn("refit"));
  set("distill", given.number("distill"));
  if (given.has("bias-correction")) set("biasCorrection", given.isOn("bias-correction"));
  if (given.has("keep-float")) set("keepFloat", given.list("keep-float"));
  if (given.has("constant")) {
    set("constants", { ...(recipe.constants ?? {}), ...readConstants(given) });
  }
  if (given.has("dim")) set("dims", { ...(recipe.dims ?? {}), ...readDims(given) });
  return recipe as Partial<Recipe>;
}

/** Inputs that always have one value. */
export function readConstants(given: Arguments): Record<string, number> {
  return Object.fromEntries(
    given.list("constant").map((text) => {
      const [, name, value] = /^(.+)=([^=]+)$/.exec(text) ?? [];
      if (name && Number.isFinite(Number(value))) return [name, Number(value)];
      throw wrongValue("constant", text, "NAME=X, for example sr=16000");
    }),
  );
}

/** The cache folder as the library takes it. */
export function readCache(given: Arguments): string | null | undefined {
  const folder = given.text("cache");
  return folder === "none" ? null : folder;
}

/** Settings that a search chooses from, out of a JSON file. */
export async function readChoices(given: Arguments): Promise<Choice[] | undefined> {
  const file = given.text("choices");
  if (!file) return undefined;
  const text = await readText(file, "choices");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  if (!Array.isArray(json) || json.length === 0) {
    throw wrongValue("choices", file, 'a JSON list like [{"weightBits": 8}, {"weightBits": 4}]');
  }
  const layers = json.map((choice) => ({ match: "*", ...choice }));
  return completeRecipe({ layers }).layers.map(({ match: _, ...choice }) => choice);
}

/** Sizes of open dimensions. */
export function readDims(given: Arguments): Record<string, number> {
  return Object.fromEntries(
    given.list("dim").map((text) => {
      const [, name, size] = /^(.+)=(\d+)$/.exec(text) ?? [];
      if (!name || Number(size) < 1) throw wrongValue("dim", text, "NAME=N, for example batch=1");
      return [name, Number(size)];
    }),
  );
}

/** Class names out of a file, one a line. */
export async function readLabelFile(given: Arguments): Promise<string[] | undefined> {
  const file = given.text("labels");
  if (!file) return undefined;
  const text = await readText(file, "labels");
  return text.replace(/\n$/, "").split("\n").map((line) => line.trim());
}

async function readRecipeFile(file: string): Promise<Record<string, unknown>> {
  const text = await readText(file, "recipe");
  const fail = (what: string, got: string): never => {
    throw new KedgeError({
      code: "usage/recipe",
      message: `Reading the recipe "${file}": ${what}`,
      where: { file },
      got,
      wanted: "an object like report.json's recipe",
      hint: "take the recipe out of an earlier report.json",
    });
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail("it is no JSON", error instanceof Error ? error.message : String(error));
  }
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const recipe = isObject(json) && isObject(json.recipe) ? json.recipe : json;
  return isObject(recipe) ? { ...recipe } : fail("it holds no recipe", text.slice(0, 40));
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw new KedgeError({
      code: "file/missing",
      message: `Reading the ${what} "${file}": it cannot be read`,
      where: { file },
      got: error instanceof Error ? error.message : String(error),
      hint: "check the path",
    });
  }
}
