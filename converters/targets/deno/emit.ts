/**
 * Target `deno`: one self-contained ES module with the runtime, the kernels and the weights
 * (or the weights beside it), and a small HTTP server.
 * @module
 */
import { requiredKernels } from "../../../runtime/engine/engine.ts";
import * as steps from "../../../runtime/engine/steps/mod.ts";
import type { Model } from "../../../runtime/format/model.ts";
import { compileKernels } from "../compile_kernels.ts";
import { bundleSource, endBundling } from "./bundle_source.ts";
import { DECLARATIONS, SERVER_BANNER, serverEntry } from "./templates.ts";

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
  const kernels = (relaxed: boolean) =>
    compileKernels(requiredKernels(model, steps, relaxed), { relaxed });
  const assets = new Map([
    ["model.kedge", packed],
    ["kernels.wasm", await kernels(false)],
    ["kernels_relaxed.wasm", await kernels(true)],
  ]);
  const encode = (text: string) => new TextEncoder().encode(text);
  const types = `/* @ts-self-types="./model.d.ts" */`;
  const start = `deno run ${serverFlags(options.split)} main.ts`;
  try {
    const module = await bundleSource(moduleEntry(model, options.split), assets, types);
    const server = await bundleSource(serverEntry(RUNTIME.href), new Map(), SERVER_BANNER);
    return new Map([
      [MODULE_NAME, encode(module)],
      ...(options.split ? assets : []),
      ["model.d.ts", encode(DECLARATIONS)],
      ["main.ts", encode(server)],
      ["deno.json", encode(JSON.stringify({ tasks: { start } }, null, 2) + "\n")],
    ]);
  } finally {
    await endBundling();
  }
}

/** Deno permission flags that the emitted server needs. */
function serverFlags(split: boolean): string {
  return split ? "--allow-net --allow-read=." : "--allow-net";
}

/** Source of the module: the parts of the runtime that this model uses, and no others. */
function moduleEntry(model: Model, split: boolean): string {
  const runtime = (path: string) => JSON.stringify(new URL(path, RUNTIME).href);
  const operators = [...new Set(model.operators.map(({ op }) => op))].sort().join(", ");
  const asset = (name: string) =>
    split
      ? `fetchBytes(new URL("./${name}", import.meta.url))`
      : `fromBase64(${name.replace(/\W/g, "_")})`;
  const imports = split
    ? `import { fetchBytes } from ${runtime("hosts/fetch_bytes.ts")};`
    : `import { fromBase64 } from ${runtime("hosts/base64.ts")};
import model_kedge from "asset:model.kedge";
import kernels_wasm from "asset:kernels.wasm";
import kernels_relaxed_wasm from "asset:kernels_relaxed.wasm";`;
  return `${imports}
import { ${operators} } from ${runtime("engine/steps/mod.ts")};
import { open } from ${runtime("hosts/open.ts")};
export { preprocess, run, summary, topK } from ${runtime("engine/session.ts")};
export { selfCheck } from ${runtime("engine/self_check.ts")};
export const packed = async () => ${asset("model.kedge")};
export const load = (options) => open({
  model: packed,
  simd: () => ${asset("kernels.wasm")},
  relaxed: () => ${asset("kernels_relaxed.wasm")},
  steps: { ${operators} },
}, options);
`;
}
