/**
 * Puts emitted files where a check can build them, and opens bundles that were written earlier.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import type { BundleFiles, Runnable } from "../target.ts";
import { type Board, type BoardName, BOARDS } from "./board/boards.ts";
import { startMcuCheck } from "./device/run_check.ts";
import { type BundleFacts, CHECK_FOLDER } from "./emit.ts";

const FACTS = `${CHECK_FOLDER}bundle.json`;
const PACKED = `${CHECK_FOLDER}model.kedge`;

/** Writes the files to a temporary folder, which goes away with the result. */
export async function stageMcu(files: BundleFiles, board: Board): Promise<
  Runnable & AsyncDisposable
> {
  const folder = await Deno.makeTempDir({ prefix: "kedge-mcu-" });
  for (const [name, bytes] of files) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, bytes);
  }
  const facts: BundleFacts = JSON.parse(new TextDecoder().decode(files.get(FACTS)));
  const packed = files.get(PACKED)!.slice();
  return {
    ...runnable({ folder, board, facts, packed, port: null }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** A bundle of this target that lies in a folder. */
export interface OpenedMcu {
  readonly files: BundleFiles;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly runnable: Runnable;
}

/**
 * Opens a bundle; null where the folder holds none of this target.
 * @param port serial port of a real board, or null for the emulator.
 * @throws KedgeError `file/bundle` when it is damaged.
 */
export async function openMcu(folder: string, port: string | null): Promise<OpenedMcu | null> {
  const path = await Deno.realPath(folder).catch(() => folder);
  const text = await Deno.readTextFile(`${path}/${FACTS}`).catch(() => null);
  if (text === null) return null;
  const files: BundleFiles = new Map();
  for (const name of ["model.c", "model.h", FACTS, PACKED, "report.json"]) {
    const bytes = await Deno.readFile(`${path}/${name}`).catch(() => null);
    if (!bytes) throw damaged(folder, `no ${name}`);
    files.set(name, bytes);
  }
  const facts = readFacts(text);
  if (!facts) throw damaged(folder, text.slice(0, 60));
  const packed = files.get(PACKED)!.slice();
  const { flash, ram } = facts;
  const board: Board = { ...BOARDS[facts.board as BoardName], flash, ram };
  return { files, packed, runnable: runnable({ folder: path, board, facts, packed, port }) };
}

function runnable(bundle: Parameters<typeof startMcuCheck>[0]): Runnable {
  return {
    start: () => startMcuCheck(bundle),
    measureColdStart: () => Promise.resolve(null),
  };
}

function readFacts(text: string): BundleFacts | null {
  try {
    const facts = JSON.parse(text);
    const layers: unknown = facts.layers;
    const good = Object.hasOwn(BOARDS, facts.board) && Array.isArray(layers) &&
      layers.every((layer) => Number.isInteger(layer));
    return good ? facts : null;
  } catch {
    return null;
  }
}

function damaged(folder: string, got: string): KedgeError {
  return new KedgeError({
    code: "file/bundle",
    message: `Opening the bundle "${folder}": it is damaged`,
    where: { file: folder },
    got,
    wanted: "a folder as `bundle --target mcu` writes it",
    hint: "make the bundle again",
  });
}
