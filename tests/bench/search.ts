/**
 * What a search finds beside every setting for all layers alike, calibrated with the same samples, on
 * samples that neither has seen, over splits: `deno task bench:search [MODEL] [--budget 100KB]
 * [--seeds 5] [--data FILE] [--settings "4 bits,int4"]`. MODEL is a file, or a name in the shared models.
 * @module
 */
import { readArguments } from "../../cli/commands/read_arguments.ts";
import { table } from "../../cli/terminal/table.ts";
import { type LayerSettings, type Recipe, search } from "../../mod.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { mean } from "../../converters/search/mod.ts";
import { compress } from "../../converters/stages/compress.ts";
import { packConverted } from "../../converters/stages/pack_converted.ts";
import { readSource } from "../../converters/stages/read_source.ts";
import { openSamples } from "../../converters/stages/samples.ts";
import { closeInByFactor } from "../../converters/stages/search/close_in.ts";
import { Trials } from "../../converters/stages/trials.ts";
import { sharedModel } from "../helpers/shared.ts";

/** Settings for all layers alike, by kinds, each the largest first. */
const UNIFORM: readonly Record<string, Partial<LayerSettings>>[] = [
  Object.fromEntries([8, 7, 6, 5, 4, 3, 2].map((bits) => [`${bits} bits`, { weightBits: bits }])),
  Object.fromEntries([2, 8, 20, 30, 40, 60, 80].map((λ) => [`λ ${λ}`, { rateDistortion: λ }])),
  { "int4, groups of 32": { weights: "int4", group: 32 }, int4: { weights: "int4" } },
  { "powers of two": { weights: "pow2" } },
  {
    "codebook of 16": { weights: "codebook:16" },
    "codebook of 8": { weights: "codebook:8" },
    ternary: { weights: "ternary" },
  },
];
/** The λ that takes as many bytes as what was found. */
const SAME = "λ of the same size";
/** Where its search begins, and the share of bytes from which on sizes are the same. */
const [START, NEAR] = [40, 0.995];
/** Temperature of a divergence that is less noise (converters/search/divergence.ts). */
const SOFTENED = 4;

/** What one recipe gives on held-out samples. */
interface Measured {
  bytes: number;
  top1: number;
  agreement: number;
  /** Mean divergence from the float model, and at temperature 4. */
  divergence: number;
  softened: number;
}

const given = readArguments({
  ...{ name: "bench-search", summary: "", argument: "[MODEL]", examples: [] },
  options: {
    budget: { value: "SIZE", about: "most bytes of the .kedge file (100KB)" },
    seeds: { value: "N", about: "how many splits of the data (5)" },
    settings: { value: "NAMES", about: "only these settings, as the table names them, by commas" },
    data: { value: "FILE", about: "labelled samples (data.json beside the model)" },
  },
  run: () => Promise.resolve(0),
}, Deno.args);
const name = given.argument ?? "resnet20-cifar10";
const model = name.includes("/") ? name : sharedModel(name);
const data = given.text("data") ?? model.replace(/[^/]+$/, "data.json");
const budget = given.bytes("budget") ?? 100_000;
const seeds = given.number("seeds") ?? 5;
const only = given.list("settings");

/** Everything of one split. */
async function measureSeed(seed: number): Promise<Map<string, Measured>> {
  const report = await search({ model, data, budget, recipe: { seed } });
  const { calibration, selection } = report.samples;
  const base = completeRecipe({
    ...{ seed, coder: "auto", calibrationSamples: calibration + selection },
  });
  const source = await readSource(model, base);
  const samples = await openSamples(source.core, { data }, base);
  const trials = await Trials.open(source.core, samples.evaluation!);
  const measure = async (recipe: Recipe): Promise<Measured> => {
    const { graph, recipe: used } = await compress(source.core, samples, recipe, () => {});
    const { bytes } = await packConverted({ source, samples, recipe: used }, graph);
    const outputs = await trials.run(graph);
    const { bundle, agreement } = trials.accuracy(outputs);
    return {
      ...{ bytes: bytes.length, top1: bundle, agreement },
      divergence: trials.loss(outputs),
      softened: mean(trials.losses(outputs, SOFTENED)),
    };
  };
  const { original } = trials.accuracy(trials.original);
  const float = { bytes: Infinity, top1: original, agreement: 1, divergence: 0, softened: 0 };
  const found = new Map<string, Measured>([["float", float]]);
  found.set("search", await measure(report.recipe));
  show(seed, "search", found);
  const { bytes } = found.get("search")!;
  for (const kind of UNIFORM) {
    for (const [name, settings] of Object.entries(kind)) {
      if (only.length && !only.includes(name)) continue;
      const one = await measure({ ...base, ...settings });
      // Smaller files may well lose more.
      if (one.bytes < NEAR * bytes) break;
      found.set(name, one);
      show(seed, name, found);
    }
  }
  const first = await measure({ ...base, rateDistortion: START });
  found.set(SAME, first);
  await closeInByFactor(bytes / NEAR, first.bytes, async (factor) => {
    const one = await measure({ ...base, rateDistortion: START * factor });
    const away = Math.abs(found.get(SAME)!.bytes - bytes);
    if (Math.abs(one.bytes - bytes) < away) found.set(SAME, one);
    return one.bytes;
  });
  show(seed, SAME, found);
  return found;
}

function show(seed: number, name: string, found: ReadonlyMap<string, Measured>): void {
  const one = found.get(name);
  if (one) console.error([seed, name, ...cells(one)].join("\t"));
}

function cells({ bytes, top1, agreement, divergence, softened }: Measured): string[] {
  return [
    bytes === Infinity ? "" : bytes.toFixed(0),
    ...[top1, agreement].map((share) => (share * 100).toFixed(1)),
    ...[divergence, softened].map((loss) => loss.toPrecision(3)),
  ];
}

/** Means over splits, the nearest to the float model first, and in how many splits search is as good. */
function summary(splits: readonly ReadonlyMap<string, Measured>[]): string {
  const names = [...splits[0].keys()].filter((name) => splits.every((split) => split.has(name)));
  const rows = names.map((name) => {
    const all = splits.map((split) => split.get(name)!);
    const of = (pick: (one: Measured) => number) => mean(all.map(pick));
    const wins = (better: (found: Measured, one: Measured) => boolean) =>
      name === "search" || name === "float"
        ? ""
        : `${splits.filter((split, i) => better(split.get("search")!, all[i])).length}`;
    const means: Measured = {
      ...{ bytes: of(({ bytes }) => bytes), top1: of(({ top1 }) => top1) },
      ...{ agreement: of(({ agreement }) => agreement) },
      ...{
        divergence: of(({ divergence }) => divergence),
        softened: of(({ softened }) => softened),
      },
    };
    return {
      means,
      cells: [
        ...[name, ...cells(means)],
        wins((found, one) => found.top1 > one.top1),
        wins((found, one) => found.top1 === one.top1),
        wins((found, one) => found.softened < one.softened),
      ],
    };
  }).sort((a, b) => a.means.softened - b.means.softened);
  const head = ["setting", "bytes", "top-1", "agreement", "divergence", "softened"];
  const columns = [...head, "search more right", "as right", "nearer"];
  return table([columns, ...rows.map(({ cells }) => cells)], [1, 2, 3, 4, 5, 6, 7, 8]);
}

const splits: Map<string, Measured>[] = [];
for (let seed = 0; seed < seeds; seed++) splits.push(await measureSeed(seed));
console.log(`${name}, at most ${budget} bytes, ${seeds} splits`);
console.log(summary(splits));
