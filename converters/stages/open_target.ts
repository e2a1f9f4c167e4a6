/**
 * The target that a bundle is made for.
 * @module
 */
import type { Model } from "../../runtime/format/model.ts";
import { emitDeno, stageBundle } from "../targets/deno/mod.ts";
import { type Board, BOARDS, emitMcu, stageMcu } from "../targets/mcu/mod.ts";
import type { BundleFiles, Runnable } from "../targets/target.ts";
import type { BundleOptions } from "./options.ts";

/** What making a bundle needs of a target. */
export interface Target {
  /** Emits the files. */
  emit(packed: Uint8Array<ArrayBuffer>, model: Model): Promise<BundleFiles>;
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
    return {
      emit: (packed, model) => emitMcu(packed, model, board),
      stage: (files) => stageMcu(files, board),
    };
  }
  const { split = false, threads = false } = options;
  return {
    emit: (packed, model) => emitDeno(packed, model, { split, threads }),
    stage: stageBundle,
  };
}
