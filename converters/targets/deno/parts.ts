/**
 * Which of a bundle's files are shipped to run the model, and how much of them is code.
 * @module
 */
import type { BundleFiles } from "../target.ts";
import { MODULE_NAME } from "./emit.ts";

const MODEL_FILE = "model.kedge";

/** Files that have to be there to run the model: the module, and the files it loads. */
export function shipped(files: BundleFiles): Uint8Array[] {
  return [MODULE_NAME, MODEL_FILE, "kernels.wasm", "kernels_relaxed.wasm", "kernels_dot.wasm"]
    .flatMap((name) => files.get(name) ?? []);
}

/** The shipped files without the model: its base64 text is cut out of the module. */
export function codeOnly(files: BundleFiles, packed: Uint8Array): Uint8Array[] {
  if (files.has(MODEL_FILE)) {
    return shipped(files).filter((file) => file !== files.get(MODEL_FILE));
  }
  const module = new TextDecoder().decode(files.get(MODULE_NAME));
  const text = packed.toBase64();
  const at = module.indexOf(text);
  if (at < 0) {
    throw new Error("the emitted module does not hold the packed model");
  }
  return [
    new TextEncoder().encode(
      module.slice(0, at) + module.slice(at + text.length),
    ),
  ];
}
