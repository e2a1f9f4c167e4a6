/**
 * `kedge check`: runs a bundle on its target again.
 * @module
 */
import { check } from "../../mod.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Command } from "./command.ts";
import { CHECK, COMMON, DATA, LIMITS, readLimits } from "./options.ts";
import { showReport } from "./outcome.ts";

/** Compares an emitted bundle with the original model. */
export const checkCommand: Command = {
  name: "check",
  summary: "run a bundle on its target and compare it with the original model",
  argument: "BUNDLE",
  options: {
    ...DATA,
    model: { value: "FILE", about: "the original model (where it was when the bundle was made)" },
    port: { value: "DEVICE", about: "serial port of a real board, for bundles of target mcu" },
    ...CHECK,
    ...LIMITS,
    ...COMMON,
  },
  examples: [
    ["deno task kedge check out/shapes", "golden samples only"],
    ["deno task kedge check bundle --data test.npz --max-drop 1%", "accuracy, with a floor"],
  ],
  async run(given) {
    using progress = createProgress(!given.isOn("quiet"));
    const report = await check({
      bundle: given.argument ?? "",
      data: given.text("data"),
      model: given.text("model"),
      port: given.text("port"),
      checkSamples: given.number("check-samples"),
      ...readLimits(given),
      progress: progress.show,
    });
    progress.end();
    return showReport(report, given, null);
  },
};
