/**
 * What a microcontroller takes to run a model, as rows of the report's table.
 * @module
 */
import type { DeviceReport, Report } from "../../mod.ts";
import { PLAIN, type Style } from "../terminal/style.ts";
import { bytes, count } from "./units.ts";

/** Rows of name, value and remark. */
export function deviceRows(
  { device, layers }: Pick<Report, "device" | "layers">,
  style: Style = PLAIN,
): string[][] {
  if (!device) return [];
  const { flash, ram, instructions, selfTest, sameAsWasm } = device;
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  const { samples, same } = sameAsWasm;
  const whole = same === samples;
  const rows = [
    ["board", device.board, device.standIn ?? device.title],
    [
      "flash",
      bytes(flash.text + flash.rodata),
      `code ${bytes(flash.text)} (-Os ${bytes(flash.smallText)}), constants ${
        bytes(flash.rodata)
      }, of ${bytes(flash.available)}`,
    ],
    ["RAM", bytes(ramBytes(device)), `${ramParts(device)}, of ${bytes(ram.available)}`],
    ["self-test", selfTest ? style.good("passed") : style.bad("failed"), "on the board"],
  ];
  if (instructions !== null) {
    const each = macs ? `${(instructions / macs).toFixed(2)} a multiply-accumulate` : "";
    rows.push(["instructions", count(instructions), each]);
  }
  if (samples) {
    const text = `${same} of ${samples}`;
    rows.push(["same as WASM", whole ? style.good(text) : style.bad(text), "outputs, bit for bit"]);
  }
  return rows;
}

function ramBytes({ ram: { bss, stack } }: DeviceReport): number {
  return bss + (stack ?? 0);
}

function ramParts({ ram: { arena, stack } }: DeviceReport): string {
  return `arena ${bytes(arena)}` + (stack === null ? "" : `, stack ${bytes(stack)}`);
}
