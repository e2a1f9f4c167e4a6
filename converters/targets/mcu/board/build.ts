/**
 * Compiles emitted C and the firmware of a check for a board, and measures what it takes.
 * @module
 */
import { KedgeError } from "../../../../runtime/format/error.ts";
import type { BundleFiles } from "../../target.ts";
import type { Board } from "./boards.ts";
import { linkerScript } from "./link.ts";
import { requireTools } from "./tools.ts";

/** Flags that the emitted C is compiled with everywhere; it has to give no warning. */
export const STRICT_FLAGS = [
  "-std=c99",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-pedantic",
  "-ffp-contract=off",
];

/** Sizes of a model's own object file, bytes. */
export interface CodeSizes {
  /** Machine code; constants, weights among them; memory that starts as zeros. */
  readonly text: number;
  readonly rodata: number;
  readonly bss: number;
}

/** Built firmware. */
export interface Firmware {
  /** Path of the ELF file. */
  readonly path: string;
  /** Of model.c, at -O2 and at -Os, without what the linker leaves out. */
  readonly sizes: CodeSizes;
  readonly small: CodeSizes;
}

const FIRMWARE = new URL("../firmware/", import.meta.url);
/** Files of the check that are emitted with a model, and the rest that emulated boards need. */
const EMULATED = ["emulated.c", "include/string.h"];

/** Text of a file of the firmware. */
export async function firmwareText(name: string): Promise<string> {
  return await (await fetch(new URL(name, FIRMWARE))).text();
}

/**
 * Builds a bundle's folder for an emulated board.
 * @param bundle folder with model.c, model.h and check/.
 * @param work folder for what is built.
 * @param uart whether the check talks over the UART instead of semihosting.
 * @throws KedgeError `bug/compile` with the compiler's first lines.
 */
export async function buildFirmware(
  board: Board,
  bundle: string,
  work: string,
  uart: boolean,
): Promise<Firmware> {
  await Deno.mkdir(`${work}/include`, { recursive: true });
  for (const name of EMULATED) {
    await Deno.writeTextFile(`${work}/${name}`, await firmwareText(name));
  }
  await Deno.writeTextFile(`${work}/board.ld`, linkerScript(board.machine));
  const include = ["-isystem", `${work}/include`, `-I${bundle}`, `-I${bundle}/check`];
  const gcc = `${board.compiler}gcc`;
  const object = async (source: string, name: string, ...flags: string[]) => {
    const path = `${work}/${name}.o`;
    await run(gcc, [...objectFlags(board), ...include, ...flags, "-c", source, "-o", path]);
    return path;
  };
  const model = await object(`${bundle}/model.c`, "model", "-O2");
  const small = await object(`${bundle}/model.c`, "model_small", "-Os");
  const check = await object(`${bundle}/check/check.c`, "check", "-O2");
  const { address, kind } = board.machine.uart;
  const port = uart
    ? ["-DKEDGE_UART", `-DKEDGE_UART_ADDRESS=0x${address.toString(16)}`]
      .concat(kind === "ns16550" ? ["-DKEDGE_UART_NS16550"] : [])
    : [];
  const start = await object(`${work}/emulated.c`, "emulated", "-O2", "-fno-builtin", ...port);
  const path = `${work}/firmware.elf`;
  await run(gcc, [
    ...board.flags,
    "-nostdlib",
    "-Wl,--gc-sections",
    "-Wl,--no-relax",
    "-T",
    `${work}/board.ld`,
    ...[start, check, model],
    "-lgcc",
    "-o",
    path,
  ]);
  return { path, sizes: await sizesOf(board, model), small: await sizesOf(board, small) };
}

/**
 * Bytes of flash that emitted files take, code and constants, as a check measures them at -O2.
 * @throws KedgeError `tool/missing` without a compiler, `bug/compile` with its first lines.
 */
export async function flashBytes(board: Board, files: BundleFiles): Promise<number> {
  await requireTools(board, true);
  const folder = await Deno.makeTempDir({ prefix: "kedge-flash-" });
  try {
    await Deno.mkdir(`${folder}/include`);
    await Deno.writeTextFile(`${folder}/include/string.h`, await firmwareText("include/string.h"));
    for (const name of ["model.c", "model.h"]) {
      await Deno.writeFile(`${folder}/${name}`, files.get(name)!);
    }
    const [source, path] = [`${folder}/model.c`, `${folder}/model.o`];
    const include = ["-isystem", `${folder}/include`, `-I${folder}`];
    const flags = [...objectFlags(board), ...include, "-O2"];
    await run(`${board.compiler}gcc`, [...flags, "-c", source, "-o", path]);
    const { text, rodata } = await sizesOf(board, path);
    return text + rodata;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Freestanding for its headers alone: copies of a few bytes are instructions, not calls. */
function objectFlags(board: Board): string[] {
  const sections = ["-ffunction-sections", "-fdata-sections"];
  return [...board.flags, ...STRICT_FLAGS, ...sections, "-ffreestanding", "-fbuiltin"];
}

/** Sizes of an object file's sections, those apart that only helpers of the caller need. */
async function sizesOf(board: Board, object: string): Promise<CodeSizes> {
  const table = await run(`${board.compiler}size`, ["-A", object]);
  const sum = (prefix: RegExp) =>
    [...table.matchAll(/^(\.\S+)\s+(\d+)/gm)]
      .filter(([, name]) => prefix.test(name))
      .reduce((total, [, , bytes]) => total + Number(bytes), 0);
  return { text: sum(/^\.text/), rodata: sum(/^\.s?rodata/), bss: sum(/^\.s?bss/) };
}

async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { LC_ALL: "C" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  throw new KedgeError({
    code: "bug/compile",
    message: `Building the firmware of a check: ${program} refused it`,
    where: { file: args[args.indexOf("-c") + 1] },
    got: text(stderr).split("\n").slice(0, 6).join("\n"),
    hint: "this is a fault of kedge: please report it with the model",
  });
}
