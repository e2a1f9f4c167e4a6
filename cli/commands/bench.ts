/**
 * `kedge bench`: kedge and other runtimes side by side.
 * @module
 */
import { fileURLToPath } from "node:url";
import { bench, PEERS, type Recipe } from "../../mod.ts";
import { benchText } from "../report/bench.ts";
import { createProgress } from "../terminal/progress.ts";
import { stdoutStyle } from "../terminal/style.ts";
import type { Command } from "./command.ts";
import { COMMON, DATA, readRecipe, RECIPE } from "./options.ts";
import { type Arguments, wrongValue } from "./read_arguments.ts";

const EXAMPLE = new URL("../../examples/shapes/", import.meta.url);

/** Latency, cold start, memory and bytes, measured in turn in one run. */
export const benchCommand: Command = {
  name: "bench",
  summary: "measure latency, cold start, memory and bytes, side by side with other runtimes",
  argument: "[MODEL|BUNDLE]",
  options: {
    ...DATA,
    vs: {
      value: "RUNTIME",
      about: "what to compare with (onnxruntime-web)",
      choices: [...PEERS, "none"],
      many: true,
    },
    layers: { about: "time every layer, too" },
    rounds: { value: "N", about: "rounds in which each runs for a moment (15)" },
    model: { value: "FILE", about: "a bundle's original (where it was when the bundle was made)" },
    ...RECIPE,
    weights: { ...RECIPE.weights, about: "bundles to make (int8,float32)", many: true },
    ...COMMON,
  },
  examples: [
    ["deno task bench", "the example that comes with kedge"],
    ["deno task bench model.onnx --data data.json --layers", "your own, layer by layer"],
    ["deno task bench model.onnx --data data.json --vs onnxruntime-web,litert", "LiteRT, too"],
    ["deno task bench out/bundle --vs none --json", "a bundle alone, for programs"],
  ],
  async run(given) {
    const inExample = (file: string) =>
      given.argument === undefined ? fileURLToPath(new URL(file, EXAMPLE)) : undefined;
    using progress = createProgress(!given.isOn("quiet"));
    const vs = given.has("vs") ? given.list("vs") : ["onnxruntime-web"];
    const { weights: _, ...recipe } = await readRecipe(given, inExample("recipe.json"));
    const report = await bench({
      model: given.argument ?? fileURLToPath(new URL("model.onnx", EXAMPLE)),
      data: given.text("data") ?? inExample("data.json"),
      calibration: given.text("calibration"),
      original: given.text("model"),
      recipe,
      weights: given.list("weights") as Recipe["weights"][],
      vs: PEERS.filter((peer) => vs.includes(peer)),
      layers: given.isOn("layers"),
      rounds: readRounds(given),
      progress: progress.show,
    });
    progress.end();
    if (given.isOn("json")) console.log(JSON.stringify(report, null, 2));
    else if (!given.isOn("quiet")) console.log(benchText(report, stdoutStyle()));
    return 0;
  },
};

function readRounds(given: Arguments): number | undefined {
  const rounds = given.number("rounds");
  if (rounds === undefined || (Number.isInteger(rounds) && rounds >= 1)) return rounds;
  throw wrongValue("rounds", String(rounds), "a whole number, 1 or more");
}
