/**
 * Compiles a program of C kernels for a board and runs it in QEMU.
 * @module
 */
import { kernelSource } from "../../../converters/targets/mcu/kernel_source.ts";
import { command, PROLOGUE, STRICT } from "../../helpers/c_compiler.ts";
import { type Board, linkerScript } from "./boards.ts";

/** A program: what stands before `main`, and its statements, which call `report(count, hash)`. */
export interface BoardProgram {
  readonly kernels: readonly string[];
  readonly text: string;
  readonly main: readonly string[];
}

/** What one `report` wrote. */
export interface BoardLine {
  /** Instructions, where `ticks()` was handed over. */
  readonly count: number;
  readonly hash: number;
}

/**
 * Runs a program to its end.
 * @returns its reports, and the bytes of the kernels' code.
 * @throws Error when it does not compile or stops early.
 */
export async function runOnBoard(
  board: Board,
  program: BoardProgram,
  optimize = "-O2",
): Promise<{ lines: BoardLine[]; text: number }> {
  const folder = await Deno.makeTempDir();
  const elf = `${folder}/all.elf`;
  try {
    await Deno.writeTextFile(`${folder}/all.c`, await sourceOf(program, board));
    await Deno.writeTextFile(`${folder}/board.ld`, linkerScript(board));
    await command(board.compiler, [
      ...STRICT,
      ...board.flags,
      optimize,
      "-ffreestanding",
      ...["-nostartfiles", "-nostdlib", "-Wl,--no-warn-rwx-segments"],
      ...["-T", `${folder}/board.ld`, `${folder}/all.c`, "-o", elf],
      ...(board.clock ? ["-lc", "-lgcc"] : ["-lgcc"]),
    ]);
    const keep = Deno.env.get("KEDGE_KEEP_ELF");
    if (keep) {
      await Deno.copyFile(elf, keep);
      await Deno.copyFile(`${folder}/all.c`, `${keep}.c`);
    }
    const output = await command("timeout", [
      "60",
      board.emulator,
      ...board.machine,
      ..."-nographic -monitor none -serial null -icount shift=0 -chardev stdio,id=out".split(" "),
      ...["-semihosting-config", "enable=on,target=native,chardev=out", "-kernel", elf],
    ]);
    const scale = board.clock ? 1000 / board.clock : 1;
    const lines = new TextDecoder().decode(output).trim().split("\n").map((line) => {
      const [ticks, hash] = line.split(" ").map((word) => parseInt(word, 16));
      return { count: ticks * scale, hash };
    });
    return { lines, text: await codeSize(elf, board) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function sourceOf({ kernels, text, main }: BoardProgram, board: Board): Promise<string> {
  const start = await Deno.readTextFile(new URL(board.start, import.meta.url));
  return `${PROLOGUE}${await kernelSource([...kernels, "kedge_hash32"])}
${text}
${start}
static void report(uint32_t count, uint32_t hash) {
  static const char digits[] = "0123456789abcdef";
  char line[19];
  for (int i = 0; i < 8; i++) {
    line[i] = digits[count >> (28 - 4 * i) & 15];
    line[9 + i] = digits[hash >> (28 - 4 * i) & 15];
  }
  line[8] = ' ';
  line[17] = '\\n';
  line[18] = 0;
  write_text(line);
}
int main(void) {
  ticks();
  ${main.join("\n  ")}
  return 0;
}
`;
}

/** Bytes of the kernels' functions in a program. */
async function codeSize(elf: string, board: Board): Promise<number> {
  const nm = board.compiler.replace(/gcc$/, "nm");
  const symbols = new TextDecoder().decode(await command(nm, ["-S", "--size-sort", elf]));
  return symbols.split("\n").map((line) => line.split(" "))
    .filter(([, , kind, name]) => /^t$/i.test(kind) && /^kedge_/.test(name))
    .reduce((sum, [, size]) => sum + parseInt(size, 16), 0);
}
