/**
 * Texts that every bundle of target `deno` is made from.
 * @module
 */

/** Types of the emitted module, for TypeScript users. */
export const DECLARATIONS =
  `/** A packed model with its runtime, emitted by kedge. It imports nothing. */

/** Values of tensors by name. */
export type TensorMap = Record<string, Float32Array | Int8Array | Int32Array>;

/** A model that is ready to run; \`model.labels\` names its classes. */
export interface LoadedModel {
  readonly model: { readonly labels: readonly string[] };
  /** \`close()\` ends the other threads, where there are any: they keep a process alive. */
  readonly engine: { readonly threads: number; close(): void };
}

/** How to load. */
export interface LoadOptions {
  /** Whether relaxed SIMD may be used; by default where the platform has it. */
  relaxed?: boolean;
  /**
   * Threads that run the model, in bundles made with --threads and where memory can be shared; 1 when
   * left out. Integer models give the same bits.
   */
  threads?: number;
}

/** 8-bit pixels, row by row: an ImageData, for example. What is left out is the model's own. */
export interface Picture {
  data: Uint8Array | Uint8ClampedArray;
  width?: number;
  height?: number;
  /** 1 = grey, 3 = RGB, 4 = RGB and alpha, which is dropped. */
  channels?: number;
}

/** One class with its score. */
export interface Prediction {
  index: number;
  score: number;
  label: string;
}

/** Compiles the kernels and lays the weights out; once per process. */
export function load(options?: LoadOptions): Promise<LoadedModel>;
/**
 * Runs the model: values by input name, or just the values of the only input; or, where the model
 * holds preprocessing, a picture, or just the bytes of its pixels in the model's own size.
 */
export function run(
  loaded: LoadedModel,
  inputs: TensorMap | Float32Array | Picture | Uint8Array | Uint8ClampedArray,
): TensorMap;
/**
 * Runs the model without allocating: the outputs are views of the model's memory, the same each time,
 * and the next run writes over them.
 */
export function runInPlace(
  loaded: LoadedModel,
  inputs: TensorMap | Float32Array | Picture | Uint8Array | Uint8ClampedArray,
): TensorMap;
/** Turns a picture into the model's input. */
export function preprocess(loaded: LoadedModel, image: Picture): Float32Array;
/** The k best classes, best first. */
export function topK(scores: ArrayLike<number>, k?: number, labels?: readonly string[]): Prediction[];
/** Names, shapes, labels and origin. */
export function summary(loaded: LoadedModel): Record<string, unknown>;
/** Runs the golden samples and compares them with the reference. */
export function selfCheck(loaded: LoadedModel): {
  samples: number;
  bitExact: boolean | null;
  mismatch: { golden: number; index: number; layer: string; op: string } | null;
  maxAbsError: number;
};
`;

/** Source of the emitted server, before esbuild puts kedge's handler into it. */
export function serverEntry(runtime: string): string {
  return `import { load } from "./model.js";
import { createHandler } from ${JSON.stringify(`${runtime}hosts/http_server.ts`)};

const handler = createHandler(await load());
Deno.serve(handler);
`;
}

/** First lines of the emitted server. */
export const SERVER_BANNER = `// @ts-nocheck plain JavaScript, emitted by kedge
// POST /v1/infer · GET /v1/model · GET /v1/health · GET /v1/check
// Run it: deno run --allow-net main.ts     Deploy it: this folder, entry point main.ts`;
