/**
 * Emits the files of target `mcu`.
 * @module
 */
import type { Model } from "../../../runtime/format/model.ts";
import type { BundleFiles } from "../target.ts";
import type { Board } from "./board/boards.ts";
import { firmwareText } from "./board/build.ts";
import { assertFits } from "./board/assert_fits.ts";
import { makeProgram } from "./program.ts";
import { packagingFiles } from "./source/packaging.ts";
import { writeHeader } from "./source/write_header.ts";
import { writeModel } from "./source/write_model.ts";

/** Where a bundle keeps what only a check needs. */
export const CHECK_FOLDER = "check/";

/** What a check has to know of an emitted bundle (`check/bundle.json`). */
export interface BundleFacts {
  readonly board: string;
  /** Bytes of flash and RAM of the board at hand. */
  readonly flash: number;
  readonly ram: number;
  /** Place in `model.operators` of every layer that a hook sees. */
  readonly layers: readonly number[];
  readonly arenaBytes: number;
}

/**
 * Emits model.c, model.h and what build systems and a check need. Same input, same bytes.
 * @param packed the .kedge file.
 * @param model the same, read.
 * @throws KedgeError `budget/flash` or `budget/ram` when the board is too small.
 */
export async function emitMcu(
  packed: Uint8Array<ArrayBuffer>,
  model: Model,
  board: Board,
): Promise<BundleFiles> {
  const program = makeProgram(model);
  assertFits(board, program);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", packed)).toHex();
  const facts: BundleFacts = {
    board: board.name,
    flash: board.flash,
    ram: board.ram,
    layers: program.layers,
    arenaBytes: program.arena.bytes,
  };
  const texts = new Map([
    ["model.h", writeHeader(program, { sha256 })],
    ["model.c", await writeModel(program)],
    ...packagingFiles(model.provenance.name, model.provenance.kedge),
    [`${CHECK_FOLDER}check.h`, await firmwareText("check.h")],
    [`${CHECK_FOLDER}check.c`, await firmwareText("check.c")],
    [`${CHECK_FOLDER}bundle.json`, JSON.stringify(facts) + "\n"],
  ]);
  const encoder = new TextEncoder();
  const files: BundleFiles = new Map(
    [...texts].map(([name, text]) => [name, encoder.encode(text)]),
  );
  return files.set(`${CHECK_FOLDER}model.kedge`, packed);
}
