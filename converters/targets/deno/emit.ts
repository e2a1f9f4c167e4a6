/**
 * Target `deno`: one self-contained ES module with the runtime, the kernels and the weights
 * (or the weights beside it), and a small HTTP server.
 * @module
 */
import type { Coding, Model } from "../../../runtime/format/model.ts";
import { type OperatorName, OPERATORS } from "../../../runtime/format/operators.ts";
import type { BundleFiles } from "../target.ts";
import { isCompact } from "../../../runtime/format/structure/expand.ts";
import { compileKernels } from "../compile_kernels.ts";
import { type RequiredParts, requiredParts } from "../required_parts.ts";
import { bundleSource, endBundling } from "./bundle_source.ts";
import { INNER_NAMES } from "./inner_names.ts";
import { needsOf } from "./needs.ts";
import { DECLARATIONS, SERVER_BANNER, serverEntry } from "./templates.ts";

/** How to emit. */
export interface EmitOptions {
  /** Puts the model and the kernels beside the module instead of inside. */
  split: boolean;
  /** Ships what `load(options)` needs to spread layers over threads. */
  threads?: boolean;
}

/** Name of the module in every bundle of this target. */
export const MODULE_NAME = "model.js";

/** Kernels that unpack weights, by coding. */
const DECODERS: Partial<Record<Coding, string>> = {
  rans: "decode_rans",
  adaptive: "decode_adaptive",
  concise: "decode_adaptive",
};

const RUNTIME = new URL("../../../runtime/", import.meta.url);
const NEEDS = new URL("format/needs.ts", RUNTIME).href;

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
  const codings = codingsOf(model);
  const decoders = new Set(codings.flatMap((coding) => DECODERS[coding] ?? []));
  const compact = isCompact(packed);
  if (compact) decoders.add("decode_bytes");
  const parts = requiredParts(model);
  const compile = (names: readonly string[], relaxed: boolean) =>
    compileKernels([...names, ...decoders], { relaxed });
  const plain = await compile(parts.plain, false);
  const relaxed = parts.relaxed && await compile(parts.relaxed, true);
  const assets = new Map([["model.kedge", packed], ["kernels.wasm", plain]]);
  if (relaxed) assets.set("kernels_relaxed.wasm", relaxed);
  if (parts.dot) assets.set("kernels_dot.wasm", await compile(parts.dot, true));
  const encode = (text: string) => new TextEncoder().encode(text);
  const types = `/* @ts-self-types="./model.d.ts" */`;
  const start = `deno run ${serverFlags(options.split)} main.ts`;
  try {
    const module = await bundleSource(
      moduleEntry(model, options, parts, compact),
      assets,
      { banner: types, inner: INNER_NAMES, instead: new Map([[NEEDS, needsOf(model, options)]]) },
    );
    const server = await bundleSource(serverEntry(RUNTIME.href), new Map(), {
      banner: SERVER_BANNER,
    });
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

/** Codings of a model's weights, sorted. */
function codingsOf({ tensors }: Model): Coding[] {
  return [...new Set(tensors.flatMap(({ coded }) => coded?.codings ?? []))].sort();
}

/** Deno permission flags that the emitted server needs. */
function serverFlags(split: boolean): string {
  return split ? "--allow-net --allow-read=." : "--allow-net";
}

/** Source of the module: the parts of the runtime that this model uses, and no others. */
function moduleEntry(
  model: Model,
  { split, threads }: EmitOptions,
  { steps, relaxed, dot, copies }: RequiredParts,
  compact: boolean,
): string {
  const runtime = (path: string) => JSON.stringify(new URL(path, RUNTIME).href);
  const operators = [...new Set(model.operators.map(({ op }) => op))].sort();
  const unpackers = codingsOf(model).map((coding) =>
    `${coding}: ${coding in DECODERS ? `decoders.${coding}(kernels)` : `unpackers.${coding}`}`
  );
  const known = (op: OperatorName) => {
    const spec = JSON.stringify(OPERATORS[op], (_, value) => value ?? undefined)
      // Names of parameters are shortened as the properties are that they become.
      .replaceAll(/"[^"]*"(?=[,\]])/g, "/* @__KEY__ */ $&");
    return `{ op: "${op}", ...${spec}, rule: rules.${op} }`;
  };
  const beside = (name: string) => `fetchBytes(new URL("./${name}", import.meta.url))`;
  const kernels = Object.entries({
    simd: "kernels",
    ...(relaxed && { relaxed: "kernels_relaxed" }),
    ...(dot && { dot: "kernels_dot" }),
  });
  const parts = kernels.map(([part, name]) =>
    `  ${part}: () => ${split ? beside(`${name}.wasm`) : `fromHex(${name})`},`
  );
  const { preprocess } = model;
  const mixes = preprocess?.resize || preprocess?.color === "gray" || model.inputs.length > 1;
  const pixels = preprocess ? mixes ? "anyPixels" : "plainPixels" : "noPixels";
  const imports = split ? [`import { fetchBytes } from ${runtime("hosts/fetch_bytes.ts")};`] : [
    `import { fromBase64 } from ${runtime("hosts/base64.ts")};`,
    `import { fromHex } from ${runtime("hosts/hex.ts")};`,
    `import model_kedge from "base64:model.kedge";`,
    ...kernels.map(([, name]) => `import ${name} from "hex:${name}.wasm";`),
  ];
  return `${imports.join("\n")}
import * as steps from ${runtime("engine/steps/mod.ts")};
import * as rules from ${runtime("format/shape_rules.ts")};
import * as decoders from ${runtime("engine/unpack_kernels.ts")};
import { constantUnpacker } from ${runtime("format/unpack/constants.ts")};
import * as unpackers from ${runtime("format/unpack/mod.ts")};
import { assertArena } from ${runtime("format/arena_rules.ts")};
import { copiesOf } from ${runtime("hosts/copies.ts")};
import { opener } from ${runtime("hosts/open.ts")};
import { createCrew } from ${runtime("hosts/threads.ts")};
import * as pixels from ${runtime("engine/pixels.ts")};
export { preprocess, run, runInPlace, summary, topK } from ${runtime("engine/session.ts")};
export { selfCheck } from ${runtime("engine/self_check.ts")};
export const packed = async () => ${split ? beside("model.kedge") : "fromBase64(model_kedge)"};
const open = opener({
  steps: { ${operators.map((op) => `${op}: steps.${steps.get(op)}`).join(", ")} },
  operators: [${operators.map(known).join(", ")}],
  pixels: pixels.${pixels},
  ${split ? "assertArena," : ""}
  ${threads ? "crew: createCrew," : copies ? `copies: copiesOf(${copies}),` : ""}
  ${compact ? "expand: decoders.expandFile," : ""}
  ${
    unpackers.length
      ? `unpacking: (kernels) => constantUnpacker({ ${unpackers.join(", ")} }),`
      : ""
  }
${parts.join("\n")}
});
export const load = (options) => open(packed, options);
`;
}
