/**
 * Instructions per multiply-accumulate of the C kernels on microcontrollers, counted by QEMU, and
 * their bits against the reference: `deno task bench:mcu MODEL.kedge… [--board NAME] [--size]`.
 *
 * Runs the packed model's first golden sample layer by layer.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { readModel } from "../../../runtime/format/reader.ts";
import type { Model } from "../../../runtime/format/model.ts";
import { kernelSource } from "../../../converters/targets/mcu/kernel_source.ts";
import { command, PROLOGUE, STRICT } from "../../helpers/c_compiler.ts";
import { cLayers } from "../../helpers/c_program.ts";
import { cArray } from "../../helpers/c_text.ts";
import { type Board, BOARDS, linkerScript } from "./boards.ts";

/** One layer as it ran on a board. */
export interface LayerCount {
  readonly op: string;
  readonly name: string;
  readonly shape: string;
  readonly macs: number;
  readonly instructions: number;
  readonly exact: boolean;
}

/** Multiply-accumulates of a layer, 0 where it has none. */
function macsOf(model: Model, at: number): number {
  const { op, inputs, output } = model.operators[at];
  const outputs = model.tensors[output].size;
  const weights = model.tensors[inputs[1]]?.shape ?? [];
  if (op === "Conv2D") return outputs * weights.slice(1).reduce((a, b) => a * b, 1);
  if (op === "DepthwiseConv2D") return outputs * weights[0] * weights[1];
  return op === "FullyConnected" ? outputs * weights[1] : 0;
}

/** C text of the whole program: runs the layers behind the input's Quantize. */
async function program(model: Model, board: Board): Promise<string> {
  const { text, functions, address, kernels } = cLayers(model, "m");
  const first = model.operators[0].op === "Quantize" ? 1 : 0;
  const input = first ? model.operators[0].output : model.inputs[0];
  const [sample] = model.golden;
  const used = first ? kernels.filter((name) => name !== "kedge_quantize") : kernels;
  const lines = model.operators.flatMap(({ output }, at) => {
    if (at < first) return [];
    const { size, dtype } = model.tensors[output];
    const bytes = size * (dtype === "int8" ? 1 : 4);
    return [
      "ticks();",
      `${functions[at]}();`,
      `report(ticks(), kedge_hash32(${address(output)}, ${bytes}));`,
    ];
  });
  const start = await Deno.readTextFile(new URL(board.start, import.meta.url));
  return `${PROLOGUE}${await kernelSource([...used, "kedge_hash32"])}
${first ? text.replace(/static void m_l0\(void\) \{[^}]*\}\n/, "") : text}
${cArray("sample", "int8_t", new Int8Array(sample.inputs[0]))}
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
  memcpy(${address(input)}, sample, sizeof sample);
  ${lines.join("\n  ")}
  return 0;
}
`;
}

/** Runs a model's golden sample on a board. */
export async function countLayers(
  model: Model,
  board: Board,
  optimize = "-O2",
): Promise<{ layers: LayerCount[]; text: number }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/all.c`, await program(model, board));
    await Deno.writeTextFile(`${folder}/board.ld`, linkerScript(board));
    const strict = STRICT.filter((flag) => flag !== "-Wall");
    const libraries = board.clock ? ["-lc", "-lgcc"] : ["-lgcc"];
    await command(board.compiler, [
      ...strict,
      ...board.flags,
      optimize,
      "-nostartfiles",
      "-nostdlib",
      "-Wl,--no-warn-rwx-segments",
      "-T",
      `${folder}/board.ld`,
      `${folder}/all.c`,
      "-o",
      `${folder}/all.elf`,
      ...libraries,
    ]);
    if (Deno.env.get("KEDGE_KEEP_ELF")) {
      await Deno.copyFile(`${folder}/all.elf`, Deno.env.get("KEDGE_KEEP_ELF")!);
      await Deno.copyFile(`${folder}/all.c`, Deno.env.get("KEDGE_KEEP_ELF")! + ".c");
    }
    const output = await command("timeout", [
      "60",
      board.emulator,
      ...board.machine,
      ..."-nographic -monitor none -serial null -icount shift=0 -chardev stdio,id=out".split(" "),
      ...["-semihosting-config", "enable=on,target=native,chardev=out"],
      ...["-kernel", `${folder}/all.elf`],
    ]);
    const lines = new TextDecoder().decode(output).trim().split("\n");
    const first = model.operators.length - lines.length;
    const scale = board.clock ? 1000 / board.clock : 1;
    const layers = lines.map((line, i) => {
      const [ticks, hash] = line.split(" ").map((word) => parseInt(word, 16));
      const { op, name, output, inputs } = model.operators[first + i];
      const weights = model.tensors[inputs[1]]?.shape ?? model.tensors[inputs[0]].shape;
      return {
        op,
        name,
        shape: `${weights.join("×")} → ${model.tensors[output].shape.join("×")}`,
        macs: macsOf(model, first + i),
        instructions: ticks * scale,
        exact: hash === model.golden[0].hashes[first + i],
      };
    });
    return { layers, text: await codeSize(`${folder}/all.elf`, board) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Bytes of the kernels' functions in a program. */
async function codeSize(elf: string, board: Board): Promise<number> {
  const nm = board.compiler.replace(/gcc$/, "nm");
  const symbols = new TextDecoder().decode(await command(nm, ["-S", "--size-sort", elf]));
  return symbols.split("\n").map((line) => line.split(" "))
    .filter(([, , kind, name]) => /^t$/i.test(kind) && /^kedge_/.test(name))
    .reduce((sum, [, size]) => sum + parseInt(size, 16), 0);
}

/** The kinds of layers that targets are set for. */
function kindOf({ op, shape }: LayerCount): string {
  if (op === "Conv2D") return /×1×1×/.test(shape) ? "1×1" : /×3×3×/.test(shape) ? "3×3" : "other";
  return { DepthwiseConv2D: "depthwise", FullyConnected: "fully connected" }[op] ?? "";
}

if (import.meta.main) {
  const { _: paths, board: only } = parseArgs(Deno.args, { string: ["board"] });
  for (const [name, board] of Object.entries(BOARDS)) {
    if (only && only !== name) continue;
    const kinds: Record<string, { macs: number; instructions: number }> = {};
    for (const path of paths.map(String)) {
      const model = readModel(await Deno.readFile(path));
      const { layers, text } = await countLayers(model, board);
      const total = layers.reduce((sum, { instructions }) => sum + instructions, 0);
      console.log(`\n${name} ${path}: ${Math.round(total)} instructions, kernels ${text} bytes`);
      for (const layer of layers) {
        const { macs, instructions, exact, op, shape } = layer;
        const rate = macs ? (instructions / macs).toFixed(3) : "–";
        console.log(
          `  ${op.padEnd(16)} ${shape.padEnd(30)} ${String(Math.round(instructions)).padStart(9)} ${
            rate.padStart(7)
          } ${exact ? "exact" : "DIFFERS"}`,
        );
        const sum = kinds[kindOf(layer)] ??= { macs: 0, instructions: 0 };
        sum.macs += macs;
        sum.instructions += instructions;
      }
    }
    for (const [kind, { macs, instructions }] of Object.entries(kinds)) {
      if (macs) console.log(`${name} ${kind}: ${(instructions / macs).toFixed(3)} per MAC`);
    }
  }
}
