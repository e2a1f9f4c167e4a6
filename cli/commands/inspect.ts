/**
 * `kedge inspect`: what is in a model file.
 * @module
 */
import { inspect } from "../../mod.ts";
import { inspectionText } from "../report/inspection.ts";
import { stdoutStyle } from "../terminal/style.ts";
import type { Command } from "./command.ts";
import { COMMON, readConstants, readDims, RECIPE } from "./options.ts";

/** Operators, shapes, sizes, and all that is unsupported. */
export const inspectCommand: Command = {
  name: "inspect",
  summary:
    "show operators, shapes and sizes of a model or .kedge file, and all that is unsupported",
  argument: "FILE",
  options: { dim: RECIPE.dim, constant: RECIPE.constant, ...COMMON },
  examples: [
    ["deno task kedge inspect model.onnx", "can it be converted?"],
    ["deno task kedge inspect model.kedge --json", "for programs"],
  ],
  async run(given) {
    const inspection = await inspect(given.argument ?? "", readDims(given), readConstants(given));
    if (given.isOn("json")) console.log(JSON.stringify(inspection, null, 2));
    else if (!given.isOn("quiet")) console.log(inspectionText(inspection, stdoutStyle()));
    return inspection.unsupported.length ? 1 : 0;
  },
};
