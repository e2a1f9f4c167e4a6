/** The C kernels on emulated microcontrollers, bit for bit against the reference. */
import assert from "node:assert/strict";
import { hash32 } from "../../runtime/format/hash.ts";
import { BOARDS } from "../bench/mcu/boards.ts";
import { runOnBoard } from "../bench/mcu/run_on_board.ts";
import { hasTool } from "../helpers/c_compiler.ts";
import { prepareCase } from "../helpers/c_case.ts";
import { cLayers } from "../helpers/c_program.ts";
import { cArray } from "../helpers/c_text.ts";
import * as cases from "../helpers/operator_cases.ts";
import { NARROW_LAYERS, narrowLayer } from "../helpers/narrow_cases.ts";
import type { Random } from "../helpers/random.ts";
import { broadcast } from "../helpers/broadcast_cases.ts";

/** What has code of its own for a core, or is computed in integers on cores without floats. */
const SUITE: Record<string, cases.CaseMaker> = {
  "Conv2D": cases.conv2d(true),
  "DepthwiseConv2D": cases.depthwise(true),
  "FullyConnected": cases.fullyConnected(true),
  "AveragePool2D": cases.pool("AveragePool2D", true),
  "MaxPool2D": cases.pool("MaxPool2D", true),
  "Add": cases.add(true),
  "Mul": broadcast("Mul", true),
  ...Object.fromEntries(
    (Object.keys(NARROW_LAYERS) as (keyof typeof NARROW_LAYERS)[]).map((layer) => [
      `${layer}, few values`,
      (random: Random) => narrowLayer(random, layer, random.pick([2, 3, 6, 16])),
    ]),
  ),
};
const ROUNDS = 20;
/** Layers with many weights fill the smallest board's memory. */
const NARROW_ROUNDS = 5;

for (const [name, board] of Object.entries(BOARDS)) {
  const missing = (await Promise.all([board.compiler, board.emulator].map(async (tool) =>
    await hasTool(tool) ? [] : [tool]
  ))).flat();
  Deno.test({
    name: `C kernels on ${name} are the reference's${missing.length ? `: no ${missing}` : ""}`,
    ignore: missing.length > 0,
    async fn() {
      const prepared = await Promise.all(
        Object.entries(SUITE).flatMap(([title, make]) =>
          Array.from(
            { length: /few values/.test(title) ? NARROW_ROUNDS : ROUNDS },
            (_, seed) =>
              prepareCase(title, make, seed),
          )
        ),
      );
      const kernels = new Set<string>();
      const parts = prepared.map(({ run: { model, inputs } }, at) => {
        const layers = cLayers(model, `m${at}`);
        layers.kernels.forEach((kernel) => kernels.add(kernel));
        const [output] = model.outputs.map((i) => model.tensors[i]);
        const bytes = output.size * (output.dtype === "int8" ? 1 : 4);
        const values = model.inputs.map((i, k) =>
          cArray(`m${at}_x${k}`, "int8_t", inputs[model.tensors[i].name])
        );
        const copies = model.inputs.map((i, k) =>
          `memcpy(${layers.address(i)}, m${at}_x${k}, sizeof m${at}_x${k});`
        );
        const hash = `kedge_hash32(${layers.address(model.outputs[0])}, ${bytes})`;
        return {
          text: layers.text + values.join(""),
          main: [...copies, `${layers.functions[0]}();`, `report(0, ${hash});`],
        };
      });
      const { lines } = await runOnBoard(board, {
        kernels: [...kernels],
        text: parts.map(({ text }) => text).join(""),
        main: parts.flatMap(({ main }) => main),
      });
      prepared.forEach(({ wanted, message }, i) =>
        assert.equal(lines[i].hash, hash32(wanted), message)
      );
    },
  });
}
