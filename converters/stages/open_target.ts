/**
 * The target that a bundle is made for.
 * @module
 */
import type { Model } from "../../runtime/format/model.ts";
import { emitDeno, shipped, stageBundle } from "../targets/deno/mod.ts";
import { type Board, BOARDS, emitMcu, flashBytes, stageMcu } from "../targets/mcu/mod.ts";
import type { BundleFiles, Runnable } from "../targets/target.ts";
import type { BundleOptions } from "./options.ts";

/** What making a bundle needs of a target. */
export interface Target {
  /** Emits the files. */
  emit(packed: Uint8Array<ArrayBuffer>, model: Model): Promise<BundleFiles>;
  /** Bytes shipped of files, or on a microcontroller of flash, which a compiler tells. */
  bytesOf(files: BundleFiles): Promise<number>;
  /** The same of a model that may be too large for the target. */
  bytesOfAny(packed: Uint8Array<ArrayBuffer>, model: Model): Promise<number>;
  /** Puts the files where they can be run; they go away with the result. */
  stage(files: BundleFiles): Promise<Runnable & AsyncDisposable>;
}

/** The target of the options. */
export function openTarget(options: BundleOptions): Target {
  if (options.target === "mcu") {
    const known = BOARDS[options.board ?? "cortex-m4"];
    const board: Board = {
      ...known,
      flash: options.flash ?? known.flash,
      ram: options.ram ?? known.ram,
    };
    const unlimited = { ...board, flash: Infinity, ram: Infinity };
    return {
      emit: (packed, model) => emitMcu(packed, model, board),
      bytesOf: (files) => flashBytes(board, files),
      bytesOfAny: async (packed, model) =>
        await flashBytes(board, await emitMcu(packed, model, unlimited)),
      stage: (files) => stageMcu(files, board),
    };
  }
  const { split = false, threads = false } = options;
  const emit = (packed: Uint8Array<ArrayBuffer>, model: Model) =>
    emitDeno(packed, model, { split, threads });
  const bytesOf = (files: BundleFiles) =>
    Promise.resolve(shipped(files).reduce((sum, { length }) => sum + length, 0));
  return {
    emit,
    bytesOf,
    bytesOfAny: async (packed, model) => await bytesOf(await emit(packed, model)),
    stage: stageBundle,
  };
}
