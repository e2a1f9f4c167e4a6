/**
 * `kedge bench-compression`: plain rounding or pruning, and what each method gains.
 * @module
 */
import { fileURLToPath } from "node:url";
import { benchCompression, type CompressionReport, METHODS, PRUNING_METHODS } from "../../mod.ts";
import { compressionText } from "../report/compression.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Command } from "./command.ts";
import { COMMON, DATA, readRecipe, RECIPE } from "./options.ts";
import { wrongValue } from "./read_arguments.ts";

const TABLES = { rounding: METHODS, pruning: PRUNING_METHODS };

const SHARED = new URL("../../../shared/models/", import.meta.url);
/** What is measured without MODEL, where the shared models are there. */
const MODELS = [
  ...["resnet8-cifar10", "resnet20-cifar10", "mobilenetv1-vww", "cnn-mnist"],
  "squeezenet1.1",
];

/** Calibrates with one half of the data, evaluates the other. */
export const benchCompressionCommand: Command = {
  name: "bench-compression",
  summary: "measure what each way to round or prune loses, on samples that calibration never sees",
  argument: "[MODEL]",
  options: {
    ...DATA,
    halves: { value: "N", about: "2 also exchanges the halves, so that all samples count (1)" },
    table: {
      value: "NAME",
      about: "what is compared (rounding)",
      choices: Object.keys(TABLES),
    },
    methods: { value: "TEXT", about: "only methods with this in their name" },
    ...RECIPE,
    ...COMMON,
  },
  examples: [
    ["deno task bench:compression", "the shared models, where they are there"],
    ["deno task bench:compression model.onnx --data data.json --halves 2", "your own"],
    ["deno task bench:compression model.onnx --data data.json --table pruning", "fewer channels"],
  ],
  async run(given) {
    const halves = given.number("halves") ?? 1;
    if (halves !== 1 && halves !== 2) throw wrongValue("halves", String(halves), "1 or 2");
    const { argument } = given;
    const models = argument !== undefined
      ? [{ model: argument, data: given.text("data") ?? "" }]
      : MODELS.map((name) => ({
        model: fileURLToPath(new URL(`${name}/model.onnx`, SHARED)),
        data: fileURLToPath(new URL(`${name}/data.json`, SHARED)),
      }));
    if (!models[0].data) throw wrongValue("data", "", "labelled samples");
    const table = TABLES[given.text("table") === "pruning" ? "pruning" : "rounding"];
    const part = given.text("methods") ?? "";
    const methods = table.filter(({ name }) => name.includes(part));
    if (!methods.length) {
      const names = table.map(({ name }) => `"${name.trim()}"`).join(", ");
      throw wrongValue("methods", part, `a part of one of ${names}`);
    }
    const recipe = await readRecipe(given);
    const reports: CompressionReport[] = [];
    for (const paths of models) {
      using progress = createProgress(!given.isOn("quiet"));
      const report = await benchCompression({
        ...{ ...paths, halves, recipe, methods },
        progress: progress.show,
      });
      progress.end();
      reports.push(report);
      if (!given.isOn("json") && !given.isOn("quiet")) console.log(compressionText(report) + "\n");
    }
    if (given.isOn("json")) console.log(JSON.stringify(reports, null, 2));
    return 0;
  },
};
