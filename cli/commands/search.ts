/**
 * `kedge search`: what to give each layer.
 * @module
 */
import { exitCodeOf, search, writeFile } from "../../mod.ts";
import { errorText } from "../report/error.ts";
import { searchPicture, searchText } from "../report/search.ts";
import { createProgress } from "../terminal/progress.ts";
import { stderrStyle, stdoutStyle } from "../terminal/style.ts";
import type { Command } from "./command.ts";
import {
  COMMON,
  DATA,
  LIMITS,
  readCache,
  readChoices,
  readLabelFile,
  readLimits,
  readRecipe,
  RECIPE,
} from "./options.ts";

/** Precision of every layer under limits on bytes, drop, arena and time. */
export const searchCommand: Command = {
  name: "search",
  summary: "find what to give each layer for a size or a largest drop",
  argument: "MODEL",
  options: {
    ...DATA,
    budget: { ...LIMITS.budget, about: "most bytes of the .kedge file, 36KB; else exit code 4" },
    "max-drop": {
      ...LIMITS["max-drop"],
      about: "largest drop of the metric where samples choose; alone, the smallest file is found",
    },
    "max-arena": { value: "SIZE", about: "most bytes of the arena; else exit code 4" },
    "max-latency": {
      value: "MS",
      about: "longest estimated time of an inference; else exit code 4",
    },
    choices: {
      value: "FILE",
      about:
        "JSON: a list of settings that a layer can have, the best first (8 bits, and fewer by λ; with --max-latency float16, too)",
    },
    compare: { about: "evaluate every choice for all layers alike, too" },
    out: { value: "FILE", about: "JSON to write, -o for short, to be used with --recipe" },
    page: { value: "FILE", about: "page with the Pareto front to write, the front alone as .svg" },
    state: { value: "FILE", about: "keeps what was measured (the cache folder, until it is done)" },
    ...RECIPE,
    ...COMMON,
  },
  examples: [
    ["deno task kedge search model.onnx --data data.json --budget 36KB -o best.json", "by size"],
    ["deno task kedge search model.onnx --data data.json --max-drop 1%", "the smallest within 1%"],
    [
      "deno task kedge search model.onnx --data data.json --budget 30KB --choices choices.json",
      'with pruning: [{"weightBits": 8}, {"weightBits": 4, "prune": "sparsegpt:0.8"}]',
    ],
    ["deno task bundle model.onnx --data data.json --recipe best.json", "use what was found"],
  ],
  async run(given) {
    using progress = createProgress(!given.isOn("quiet"));
    const report = await search({
      model: given.argument ?? "",
      data: given.text("data"),
      calibration: given.text("calibration"),
      cache: readCache(given),
      recipe: await readRecipe(given),
      labels: await readLabelFile(given),
      ...readLimits(given),
      maxArena: given.bytes("max-arena"),
      maxLatencyMs: given.number("max-latency"),
      choices: await readChoices(given),
      compare: given.isOn("compare"),
      state: given.text("state"),
      progress: progress.show,
    });
    progress.end();
    const json = JSON.stringify(report, null, 2);
    const write = (file: string | undefined, text: string) =>
      file && writeFile(file, new TextEncoder().encode(text));
    await write(given.text("out"), `${json}\n`);
    const page = given.text("page");
    if (page) await write(page, searchPicture(report, page));
    if (given.isOn("json")) console.log(json);
    else {
      if (!given.isOn("quiet")) console.log(searchText(report, stdoutStyle()));
      for (const miss of report.misses) console.error(errorText(miss, stderrStyle()));
    }
    const [first] = report.misses;
    return first ? exitCodeOf(first) : 0;
  },
};
