/**
 * `kedge bundle`: the whole line.
 * @module
 */
import { fileURLToPath } from "node:url";
import { bundle } from "../../mod.ts";
import { reportHtml } from "../report/html.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Command } from "./command.ts";
import {
  CHECK,
  COMMON,
  DATA,
  DEVICE,
  LIMITS,
  readCache,
  readDevice,
  readLabelFile,
  readLimits,
  readRecipe,
  RECIPE,
} from "./options.ts";
import { showReport } from "./outcome.ts";

const EXAMPLE = new URL("../../examples/shapes/", import.meta.url);

/** Converts, compresses, emits, checks, reports. */
export const bundleCommand: Command = {
  name: "bundle",
  summary: "convert, compress, emit for a target, and check the accuracy there",
  argument: "[MODEL]",
  options: {
    target: {
      value: "NAME",
      about: "where the model is to run (deno)",
      choices: ["deno", "mcu"],
    },
    ...DEVICE,
    ...DATA,
    out: { value: "DIR", about: "folder to write, -o for short (out/ and the model's name)" },
    ...CHECK,
    split: { about: "put weights and kernels beside the module instead of inside" },
    threads: { about: "ship what load({ threads: 2 }) needs; without it one thread runs all" },
    ...RECIPE,
    ...LIMITS,
    ...COMMON,
  },
  examples: [
    ["deno task bundle", "the example that comes with kedge"],
    ["deno task bundle model.onnx --data test.npz --out bundle", "int8, with measured accuracy"],
    ["deno task bundle model.onnx --data data.json --max-drop 1% --budget 300KB", "with limits"],
    ["deno task bundle model.onnx --data data.json --prune channels:0.3", "fewer channels, faster"],
    [
      "deno task bundle model.onnx --data data.json --prune sparsegpt:0.5",
      "half the weights are 0",
    ],
    ["deno task bundle model.onnx --data d.npz --target mcu --board cortex-m4", "C for a chip"],
    ["deno task bundle model.onnx --weights float16 --dim batch=1", "no data needed"],
  ],
  async run(given) {
    const inExample = (file: string) =>
      given.argument === undefined ? fileURLToPath(new URL(file, EXAMPLE)) : undefined;
    const model = given.argument ?? fileURLToPath(new URL("model.onnx", EXAMPLE));
    const data = given.text("data") ?? inExample("data.json");
    const out = given.text("out") ?? `out/${nameOf(model)}`;
    const dryRun = given.isOn("dry-run");
    using progress = createProgress(!given.isOn("quiet"));
    const report = await bundle({
      model,
      data,
      out,
      target: given.text("target") === "mcu" ? "mcu" : "deno",
      ...readDevice(given),
      split: given.isOn("split"),
      threads: given.isOn("threads"),
      calibration: given.text("calibration"),
      cache: readCache(given),
      recipe: await readRecipe(given, inExample("recipe.json")),
      labels: await readLabelFile(given),
      ...readLimits(given),
      search: given.has("search") ? given.isOn("search") : true,
      dryRun,
      renderHtml: reportHtml,
      progress: progress.show,
    });
    progress.end();
    return showReport(report, given, dryRun ? null : out);
  },
};

/** Name for the output folder: the file's, or its folder's where the file is just "model". */
function nameOf(path: string): string {
  const parts = path.split(/[/\\]/);
  const name = (parts.pop() ?? "").replace(/\.[^.]+$/, "");
  return name === "model" && parts.length ? parts[parts.length - 1] : name || "model";
}
