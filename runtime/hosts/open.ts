/**
 * Opens a model with the given parts of the runtime.
 * @module
 */
import { createEngine, type Crew, type Engine } from "../engine/engine.ts";
import type { PixelReader } from "../engine/pixels.ts";
import type { LoadedModel } from "../engine/session.ts";
import type { Step } from "../engine/step.ts";
import { verifyChecksum } from "../format/checksum.ts";
import type { Model } from "../format/model.ts";
import { THREADS } from "../format/needs.ts";
import type { OperatorName } from "../format/operators.ts";
import type { KnownOperator } from "../format/read_operator.ts";
import { readModelWith } from "../format/reader.ts";
import type { OpenConstants } from "../format/read_tensor.ts";
import { dotProducts } from "./dot_products.ts";

/** Bytes that are there, or arrive. */
export type Source = () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;

/** Where the parts come from; each is asked for only when it is needed. */
export interface Parts {
  /** Kernels for every engine with WASM SIMD. */
  simd: Source;
  /** Kernels that also use relaxed SIMD; left out where it would be the same. */
  relaxed?: Source;
  /** Kernels for relaxed dot products of bytes (dot_products.ts); left out where it would be the same. */
  dot?: Source;
  /** Steps of these operators. */
  steps: Readonly<Record<OperatorName, Step>>;
  /** Operators that the model may hold. */
  operators: readonly KnownOperator[];
  /**
   * Checks the memory plan (format/arena_rules.ts); left out where the model is part of the program, and
   * its plan was checked when that was made.
   */
  assertArena?(model: Model): void;
  /** What unpacks weights that are coded, out of the kernels; left out where none are. */
  unpacking?(kernels: WebAssembly.Module): OpenConstants;
  /** What expands a compact file, out of the kernels; left out where it is not compact. */
  expand?(
    kernels: WebAssembly.Module,
  ): (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /** What reads pixels (engine/pixels.ts). */
  pixels(model: Model, engine: Engine): PixelReader;
  /** Kernels again for the first run (copies.ts); left out where that gains nothing, and with a crew. */
  copies?(code: Uint8Array): Uint8Array<ArrayBuffer>[];
  /** Threads that are not started yet, or null where there can be none. */
  crew?(threads: number): StartableCrew | null;
}

/** Threads, and how to get them going. */
export interface StartableCrew extends Crew {
  /** Compiles kernels so that all threads can run them. */
  compile(kernels: Uint8Array): Promise<WebAssembly.Module>;
  /** Starts the threads when all jobs are known. */
  start(kernels: WebAssembly.Module): Promise<void>;
}

/** How to load. */
export interface LoadOptions {
  /**
   * Whether relaxed SIMD may be used, and its dot products of bytes where they are exact; by default
   * where the platform has it.
   */
  relaxed?: boolean;
  /**
   * Threads that run the model; 1 when left out, and where the platform cannot share memory. The same
   * bits come out. `engine.close()` ends them.
   */
  threads?: number;
}

/**
 * What opens models with these parts. It picks the kernels that this platform can run, which are compiled
 * once for all models, the first time while the model arrives; reads and checks the model, and lays all
 * out.
 * @returns a function of the .kedge file, which throws KedgeError `model/…` when that is not sound.
 */
export function opener(
  parts: Parts,
): (model: Source, options?: LoadOptions) => Promise<LoadedModel> {
  const compiled: Partial<Record<`${boolean}`, ReturnType<typeof compile>>> = {};
  return async (model, { relaxed = true, threads = 1 } = {}) => {
    const kernels = compiled[`${relaxed}`] ??= compile(parts, relaxed);
    // What did not arrive may arrive the next time.
    kernels.catch(() => delete compiled[`${relaxed}`]);
    return open(parts, await Promise.all([model(), kernels]), threads);
  };
}

async function open(
  parts: Parts,
  [file, compiled]: [Uint8Array<ArrayBuffer>, Kernels],
  threads: number,
): Promise<LoadedModel> {
  const { kernels, code } = compiled;
  const bytes = parts.expand?.(kernels)(file) ?? file;
  const verified = verifyChecksum(bytes);
  // Waited for below, while the model is read and laid out, which takes any bytes.
  verified.catch(() => {});
  const model = readModelWith(parts.operators, bytes, parts.unpacking?.(kernels));
  parts.assertArena?.(model);
  const crew = THREADS && threads > 1 ? parts.crew?.(threads) : null;
  const shared = crew ? await crew.compile(code) : kernels;
  const copies = parts.copies && await Promise.all(parts.copies(code).map(moduleOf));
  const { steps } = parts;
  const engine = createEngine(model, { steps, ...compiled, kernels: shared, copies, crew });
  await verified;
  await crew?.start(shared);
  return { model, engine, pixels: parts.pixels(model, engine) };
}

/** Kernels, their code, and what they use. */
interface Kernels {
  kernels: WebAssembly.Module;
  code: Uint8Array;
  relaxed: boolean;
  dot: number | null;
}

/** The fastest kernels that there are, that are allowed and that the platform can run. */
async function compile(
  { simd, relaxed: other, dot: best }: Parts,
  allowed: boolean,
): Promise<Kernels> {
  const dot = allowed && best ? dotProducts() : null;
  const most = allowed ? await (dot === null ? other : best)?.() : undefined;
  const relaxed = most !== undefined && WebAssembly.validate(most);
  const code = relaxed ? most : await simd();
  return { kernels: await moduleOf(code), code, relaxed, dot };
}

/**
 * Compiles at once where that holds nothing up: some kilobytes take less time than handing them to
 * other threads does. Pages may not, or should not, on their main thread.
 */
function moduleOf(code: Uint8Array<ArrayBuffer>): WebAssembly.Module | Promise<WebAssembly.Module> {
  return "document" in globalThis ? WebAssembly.compile(code) : new WebAssembly.Module(code);
}
