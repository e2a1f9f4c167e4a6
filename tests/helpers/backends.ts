/** Everything that runs a packed model, so that one suite covers all. */
import { run } from "../../runtime/engine/session.ts";
import type { TensorMap } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { dotProducts } from "../../runtime/hosts/dot_products.ts";
import { ALL_PARTS, load } from "../../runtime/hosts/load.ts";
import { opener } from "../../runtime/hosts/open.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import { HOST_COMPILER, HOST_COMPILER_REASON, runAsC } from "./c99_backend.ts";

/** One way to run a packed model. */
export interface Backend {
  name: string;
  /** Whether float layers may fuse multiply and add. */
  fuses: boolean;
  /** Most random cases of a suite, where each one takes long. */
  rounds?: number;
  /** Why it cannot be run here. */
  missing?: string;
  run(packed: Uint8Array, inputs: TensorMap): Promise<TensorMap>;
}

/** The definition. */
export const REFERENCE: Backend = {
  name: "reference",
  fuses: false,
  run: (packed, inputs) => Promise.resolve(runReference(readModel(packed), inputs)),
};

const loadWithoutDot = opener({ ...ALL_PARTS, dot: undefined });

/** What is held to the reference. */
export const BACKENDS: Backend[] = [
  {
    name: "WASM SIMD",
    fuses: false,
    run: async (packed, inputs) => run(await load(packed, { relaxed: false }), inputs),
  },
  {
    name: "WASM relaxed SIMD",
    fuses: true,
    run: async (packed, inputs) => run(await loadWithoutDot(() => packed.slice()), inputs),
  },
  {
    name: "WASM dot products",
    fuses: true,
    missing: dotProducts() === null ? "no exact dot products of bytes on this platform" : undefined,
    run: async (packed, inputs) => run(await load(packed), inputs),
  },
];

/** The same on two threads: every case starts one. */
export const THREADED: Backend[] = BACKENDS.map(({ name, fuses }) => ({
  name: `${name}, two threads`,
  fuses,
  run: async (packed, inputs) => {
    const loaded = await load(packed, { threads: 2, relaxed: fuses });
    try {
      return run(loaded, inputs);
    } finally {
      loaded.engine.close();
    }
  },
}));

/** The emitted C, compiled on this machine for each model: too slow for every suite. */
export const C99: Backend = {
  name: "C99",
  fuses: false,
  rounds: 8,
  missing: HOST_COMPILER ? undefined : HOST_COMPILER_REASON,
  run: (packed, inputs) => runAsC(packed, inputs),
};
