/**
 * Opens a model with the given parts of the runtime.
 * @module
 */
import { createEngine } from "../engine/engine.ts";
import type { LoadedModel } from "../engine/session.ts";
import type { Step } from "../engine/step.ts";
import { verifyChecksum } from "../format/checksum.ts";
import type { OperatorName } from "../format/operators.ts";
import type { Rules } from "../format/read_operator.ts";
import { readModelWith } from "../format/reader.ts";
import type { OpenConstants } from "../format/read_tensor.ts";

/** Where the parts come from; each is asked for only when it is needed. */
export interface Parts {
  /** The .kedge file. */
  model(): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  /** Kernels for every engine with WASM SIMD. */
  simd(): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  /** Kernels that also use relaxed SIMD; left out where it would be the same. */
  relaxed?(): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  /** Steps by operator. */
  steps: Partial<Record<OperatorName, Step>>;
  /** Shape rules by operator. */
  rules: Rules;
  /** What unpacks weights that are coded, out of the kernels; left out where none are. */
  unpacking?(kernels: WebAssembly.Module): OpenConstants;
  /** What expands a compact file, out of the kernels; left out where it is not compact. */
  expand?(
    kernels: WebAssembly.Module,
  ): (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
}

/** How to load. */
export interface LoadOptions {
  /** Whether relaxed SIMD may be used; by default where the platform has it. */
  relaxed?: boolean;
}

/**
 * Reads and checks the model, picks the kernels that this platform can run, and lays all out.
 * @throws KedgeError `model/…` when the file is no sound .kedge file.
 */
export async function open(
  parts: Parts,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const file = await parts.model();
  const wanted = options.relaxed === false || !parts.relaxed
    ? null
    : await compile(await parts.relaxed());
  const kernels = wanted ?? await WebAssembly.compile(await parts.simd());
  const bytes = parts.expand?.(kernels)(file) ?? file;
  const verified = verifyChecksum(bytes);
  // Waited for below, while the model is read.
  verified.catch(() => {});
  const model = readModelWith(parts.rules, bytes, parts.unpacking?.(kernels));
  await verified;
  const engine = createEngine(model, {
    steps: parts.steps,
    kernels,
    relaxed: wanted !== null,
  });
  return { model, engine };
}

/** The compiled module, or null where the platform lacks relaxed SIMD. */
async function compile(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<WebAssembly.Module | null> {
  return WebAssembly.validate(bytes) ? await WebAssembly.compile(bytes) : null;
}
