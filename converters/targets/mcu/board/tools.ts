/**
 * The programs that build and run firmware, and what to install where they are missing.
 * @module
 */
import { KedgeError } from "../../../../runtime/format/error.ts";
import type { Board } from "./boards.ts";

/** Debian package of each program. */
const PACKAGES: Readonly<Record<string, string>> = {
  "arm-none-eabi-gcc": "gcc-arm-none-eabi",
  "arm-none-eabi-size": "binutils-arm-none-eabi",
  "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
  "riscv64-unknown-elf-size": "binutils-riscv64-unknown-elf",
  "qemu-system-arm": "qemu-system-arm",
  "qemu-system-riscv32": "qemu-system-misc",
};

/** Programs that a check on a board needs; none to emulate a real one. */
export function programsOf({ compiler, machine }: Board, real = false): string[] {
  const build = [`${compiler}gcc`, `${compiler}size`];
  return real ? build : [...build, machine.program];
}

/** The command that installs a program on Debian. */
export function installLine(program: string): string {
  return `apt-get install ${PACKAGES[program] ?? program}`;
}

/** First line of what `--version` prints, or null where there is no such program. */
export async function versionOf(program: string): Promise<string | null> {
  try {
    const { stdout, success } = await new Deno.Command(program, {
      args: ["--version"],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).split("\n")[0] : null;
  } catch {
    return null;
  }
}

/**
 * Looks for a board's programs.
 * @param real whether a real board is at hand, so that no emulator is needed.
 * @returns versions by program.
 * @throws KedgeError `tool/missing` that names all that are missing.
 */
export async function requireTools(board: Board, real: boolean): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  const missing: string[] = [];
  for (const program of programsOf(board, real)) {
    const version = await versionOf(program);
    if (version === null) missing.push(program);
    else versions.set(program, version);
  }
  if (missing.length) {
    const packages = [...new Set(missing.map((program) => PACKAGES[program]))];
    throw new KedgeError({
      code: "tool/missing",
      message: `Checking on "${board.name}": programs are missing`,
      got: `no ${missing.join(", ")}`,
      wanted: programsOf(board, real).join(", "),
      hint: `apt-get install ${packages.join(" ")}`,
    });
  }
  return versions;
}
