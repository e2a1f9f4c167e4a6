/**
 * Instructions per multiply-accumulate of the C kernels on microcontrollers, counted by QEMU, and
 * their bits against the reference: `deno task bench:mcu MODEL.kedge… [--board NAME] [--optimize=-Os]`.
 *
 * Runs the packed model's first golden sample layer by layer.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { readModel } from "../../../runtime/format/reader.ts";
import type { Model } from "../../../runtime/format/model.ts";
import { cLayers } from "../../helpers/c_program.ts";
import { cArray } from "../../helpers/c_text.ts";
import { type Board, BOARDS } from "./boards.ts";
import { runOnBoard } from "./run_on_board.ts";

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

/** Runs a model's first golden sample on a board, the layers behind the input's Quantize. */
export async function countLayers(
  model: Model,
  board: Board,
  optimize = "-O2",
): Promise<{ layers: LayerCount[]; text: number }> {
  const { text, functions, address, kernels } = cLayers(model, "m");
  const first = model.operators[0].op === "Quantize" ? 1 : 0;
  const input = first ? model.operators[0].output : model.inputs[0];
  const run = model.operators.flatMap(({ output }, at) => {
    if (at < first) return [];
    const { size, dtype } = model.tensors[output];
    const bytes = size * (dtype === "int8" ? 1 : 4);
    return [
      "ticks();",
      `${functions[at]}();`,
      `report(ticks(), kedge_hash32(${address(output)}, ${bytes}));`,
    ];
  });
  const { lines, text: size } = await runOnBoard(board, {
    kernels: first ? kernels.filter((name) => name !== "kedge_quantize") : kernels,
    text: (first ? text.replace(/static void m_l0\(void\) \{[^}]*\}\n/, "") : text) +
      cArray("sample", "int8_t", new Int8Array(model.golden[0].inputs[0])),
    main: [`memcpy(${address(input)}, sample, sizeof sample);`, ...run],
  }, optimize);
  const layers = lines.map(({ count, hash }, i) => {
    const { op, name, output, inputs } = model.operators[first + i];
    const weights = model.tensors[inputs[1]]?.shape ?? model.tensors[inputs[0]].shape;
    return {
      op,
      name,
      shape: `${weights.join("×")} → ${model.tensors[output].shape.join("×")}`,
      macs: macsOf(model, first + i),
      instructions: count,
      exact: hash === model.golden[0].hashes[first + i],
    };
  });
  return { layers, text: size };
}

/** The kinds of layers that targets are set for. */
function kindOf({ op, shape }: LayerCount): string {
  if (op === "Conv2D") return /×1×1×/.test(shape) ? "1×1" : /×3×3×/.test(shape) ? "3×3" : "other";
  return { DepthwiseConv2D: "depthwise", FullyConnected: "fully connected" }[op] ?? "";
}

if (import.meta.main) {
  const given = parseArgs(Deno.args, { string: ["board", "optimize"] });
  const { _: paths, board: only } = given;
  const optimize = String(given.optimize ?? "-O2");
  for (const [name, board] of Object.entries(BOARDS)) {
    if (only && only !== name) continue;
    const kinds: Record<string, { macs: number; instructions: number }> = {};
    for (const path of paths.map(String)) {
      const model = readModel(await Deno.readFile(path));
      const { layers, text } = await countLayers(model, board, optimize);
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
