/**
 * Loads any `.kedge` file with the full runtime.
 * @module
 */
import { anyPixels, noPixels } from "../engine/pixels.ts";
import type { LoadedModel } from "../engine/session.ts";
import * as steps from "../engine/steps/mod.ts";
import * as decoders from "../engine/unpack_kernels.ts";
import { ALL_OPERATORS } from "../format/all_operators.ts";
import { assertArena } from "../format/arena_rules.ts";
import { constantUnpacker } from "../format/unpack/constants.ts";
import * as unpackers from "../format/unpack/mod.ts";
import { RELAXED } from "../kernels/generated/relaxed.ts";
import { SIMD } from "../kernels/generated/simd.ts";
import { fromBase64 } from "./base64.ts";
import { type LoadOptions, opener, type Parts } from "./open.ts";
import { createCrew } from "./threads.ts";

/**
 * Checks a model and gets it ready to run, on kernels that are compiled once per process.
 * @param bytes a .kedge file.
 * @throws KedgeError `model/…` when the file is damaged or no .kedge file.
 */
export function load(
  bytes: Uint8Array | ArrayBuffer,
  options?: LoadOptions,
): Promise<LoadedModel> {
  const file = new Uint8Array(bytes);
  return open(() => file, options);
}

/** Every part of the runtime. */
export const ALL_PARTS: Parts = {
  simd: () => fromBase64(SIMD),
  relaxed: () => fromBase64(RELAXED),
  dot: () => fromBase64(RELAXED),
  steps,
  operators: ALL_OPERATORS,
  assertArena,
  pixels: (model, engine) => (model.preprocess ? anyPixels : noPixels)(model, engine),
  crew: createCrew,
  expand: decoders.expandFile,
  unpacking: (kernels) =>
    constantUnpacker({
      ...unpackers,
      rans: decoders.rans(kernels),
      adaptive: decoders.adaptive(kernels),
      concise: decoders.concise(kernels),
    }),
};

const open = opener(ALL_PARTS);
