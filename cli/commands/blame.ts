/**
 * `kedge blame`: which layers lose the accuracy.
 * @module
 */
import { blame, EXIT_CODES, writeFile } from "../../mod.ts";
import { blameHtml, blameText } from "../report/blame.ts";
import { createProgress } from "../terminal/progress.ts";
import { stdoutStyle } from "../terminal/style.ts";
import type { Command } from "./command.ts";
import { COMMON, DATA, LIMITS, readCache, readLimits, readRecipe, RECIPE } from "./options.ts";

/** Signal to noise and cosine of every layer, alone and together, worst first. */
export const blameCommand: Command = {
  name: "blame",
  summary: "show which layers lose the accuracy, and what to keep to limit the drop",
  argument: "MODEL",
  options: {
    ...DATA,
    "max-drop": {
      ...LIMITS["max-drop"],
      about: "find out what to keep in float or at more bits for a drop of at most this",
    },
    out: {
      value: "FILE",
      about: "page with a chart to write, -o for short, for example blame.html",
    },
    ...RECIPE,
    ...COMMON,
  },
  examples: [
    ["deno task kedge blame model.onnx --data data.json", "worst layer first"],
    ["deno task kedge blame model.onnx --data data.json --weight-bits 4 --max-drop 1%", "and help"],
    ["deno task kedge blame model.onnx --data data.json -o blame.html", "with a chart"],
  ],
  async run(given) {
    using progress = createProgress(!given.isOn("quiet"));
    const report = await blame({
      model: given.argument ?? "",
      data: given.text("data"),
      calibration: given.text("calibration"),
      cache: readCache(given),
      recipe: await readRecipe(given),
      maxDrop: readLimits(given).maxDrop,
      progress: progress.show,
    });
    progress.end();
    const out = given.text("out");
    if (out) await writeFile(out, new TextEncoder().encode(blameHtml(report)));
    if (given.isOn("json")) console.log(JSON.stringify(report, null, 2));
    else if (!given.isOn("quiet")) {
      console.log(blameText(report, stdoutStyle()));
      if (out) console.log(`\nWrote ${out}`);
    }
    return report.suggestion?.met === false ? EXIT_CODES.accuracy : 0;
  },
};
