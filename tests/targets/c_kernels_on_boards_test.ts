/** The C kernels on emulated microcontrollers, bit for bit against the reference. */
import assert from "node:assert/strict";
import { hash32 } from "../../runtime/format/hash.ts";
import { BOARDS } from "../bench/mcu/boards.ts";
import { runOnBoard } from "../bench/mcu/run_on_board.ts";
import { hasTool } from "../helpers/c_compiler.ts";
import { fewValues, prepareCase } from "../helpers/c_case.ts";
import { cLayers } from "../helpers/c_program.ts";
import { cArray } from "../helpers/c_text.ts";
import * as cases from "../helpers/operator_cases.ts";
import { broadcast } from "../helpers/broadcast_cases.ts";

/** What has code of its own for a core, or is computed in integers on cores without floats. */
const SUITE: Record<string, cases.CaseMaker> = {
  "Conv2D": cases.conv2d(true),
  "DepthwiseConv2D": cases.depthwise(true),
  "FullyConnected": cases.fullyConnected(true),
  "AveragePool2D": cases.pool("AveragePool2D", true),
  "Conv2D, few values": fewValues(cases.conv2d(true)),
  "FullyConnected, few values": fewValues(cases.fullyConnected(true)),
  "MaxPool2D": cases.pool("MaxPool2D", true),
  "Add": cases.add(true),
  "Mul": broadcast("Mul", true),
};
const ROUNDS = 20;

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
          Array.from({ length: ROUNDS }, (_, seed) =>
            prepareCase(title, make, seed))
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
