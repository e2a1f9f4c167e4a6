/**
 * Target `deno`: one self-contained ES module with the runtime, the kernels and the weights
 * (or the weights beside it), and a small HTTP server.
 * @module
 */
import * as esbuild from "esbuild";
import { requiredKernels, STEPS } from "../../../runtime/engine/steps/mod.ts";
import type { Model } from "../../../runtime/format/model.ts";
import { compileKernels } from "../compile_kernels.ts";
import { DECLARATIONS, serverEntry } from "./templates.ts";

/** Files of a bundle by name. */
export type BundleFiles = Map<string, Uint8Array>;

/** How to emit. */
export interface EmitOptions {
  /** Puts the model and the kernels beside the module instead of inside. */
  split: boolean;
}

/** Name of the module in every bundle of this target. */
export const MODULE_NAME = "model.js";

const RUNTIME = new URL("../../../runtime/", import.meta.url);

/**
 * Emits the files of a bundle.
 * @param packed the .kedge file.
 * @param model the same, read.
 */
export async function emitDeno(
  packed: Uint8Array,
  model: Model,
  options: EmitOptions,
): Promise<BundleFiles> {
  const kernels = requiredKernels(model, STEPS);
  const assets = new Map([
    ["model.kedge", packed],
    ["kernels.wasm", await compileKernels(kernels, { relaxed: false })],
    ["kernels_relaxed.wasm", await compileKernels(kernels, { relaxed: true })],
  ]);
  const files: BundleFiles = new Map();
  const entry = moduleEntry(model, options.split);
  const module = await build(entry, assets, true);
  files.set(
    MODULE_NAME,
    encode(`/* @ts-self-types="./model.d.ts" */\n${module}`),
  );
  if (options.split) {
    for (const [name, bytes] of assets) files.set(name, bytes);
  }
  files.set("model.d.ts", encode(DECLARATIONS));
  files.set(
    "main.ts",
    encode(await build(serverEntry(RUNTIME.href), new Map(), false)),
  );
  files.set(
    "deno.json",
    encode(
      JSON.stringify(
        { tasks: { start: `deno run ${serverFlags(options.split)} main.ts` } },
        null,
        2,
      ) + "\n",
    ),
  );
  return files;
}

/** Deno permission flags that the emitted server needs. */
function serverFlags(split: boolean): string {
  return split ? "--allow-net --allow-read=." : "--allow-net";
}

/** Source of the module: the parts of the runtime that this model uses, and no others. */
function moduleEntry(model: Model, split: boolean): string {
  const runtime = (path: string) => JSON.stringify(new URL(path, RUNTIME).href);
  const operators = [...new Set(model.operators.map(({ op }) => op))];
  const steps = operators.map((op) => `  ${op}: STEPS.${op},`).join("\n");
  const asset = split
    ? (name: string) => `fetchBytes(new URL(${JSON.stringify(`./${name}`)}, import.meta.url))`
    : (name: string) => `fromBase64(${name.replace(/\W/g, "_")})`;
  const imports = split
    ? `import { fetchBytes } from ${runtime("hosts/fetch_bytes.ts")};`
    : `import { fromBase64 } from ${runtime("hosts/base64.ts")};
import model_kedge from "asset:model.kedge";
import kernels_wasm from "asset:kernels.wasm";
import kernels_relaxed_wasm from "asset:kernels_relaxed.wasm";`;
  return `${imports}
import * as STEPS from "steps:";
import { open } from ${runtime("hosts/open.ts")};
export { preprocess, run, summary, topK } from ${runtime("engine/session.ts")};
export { selfCheck } from ${runtime("engine/self_check.ts")};
export const packed = async () => ${asset("model.kedge")};
const steps = {
${steps}
};
export const load = (options) => open({
  model: packed,
  simd: () => ${asset("kernels.wasm")},
  relaxed: () => ${asset("kernels_relaxed.wasm")},
  steps,
}, options);
`;
}
