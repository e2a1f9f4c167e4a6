/** Everything that runs a packed model, so that one suite covers all. */
import { run } from "../../runtime/engine/session.ts";
import type { TensorMap } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { load } from "../../runtime/hosts/load.ts";
import { runReference } from "../../runtime/reference/mod.ts";

/** One way to run a packed model. */
export interface Backend {
  name: string;
  /** Whether float layers may fuse multiply and add. */
  fuses: boolean;
  run(packed: Uint8Array, inputs: TensorMap): Promise<TensorMap>;
}

/** The definition. */
export const REFERENCE: Backend = {
  name: "reference",
  fuses: false,
  run: (packed, inputs) => Promise.resolve(runReference(readModel(packed), inputs)),
};

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
    run: async (packed, inputs) => run(await load(packed), inputs),
  },
];
