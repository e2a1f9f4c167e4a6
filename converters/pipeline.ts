/**
 * The line from a trained model to a checked bundle (DESIGN.md §5):
 * import → simplify → calibrate → compress → plan → pack → emit → check → report.
 * @module
 */
import type { GoldenSample } from "../runtime/format/model.ts";
import { readModel } from "../runtime/format/reader.ts";
import type { Report } from "./check/report.ts";
import { pack, type PackMeta } from "./pack/mod.ts";
import { planMemory } from "./plan/mod.ts";
import { compress } from "./stages/compress.ts";
import { assembleReport } from "./stages/assemble_report.ts";
import { evaluate } from "./stages/evaluate.ts";
import { goldenCount, goldenInput, goldenSample } from "./stages/golden.ts";
import { measureLayers } from "./stages/layers.ts";
import type { BundleOptions, Conversion, ConvertOptions } from "./stages/options.ts";
import { readSource } from "./stages/read_source.ts";
import { canonicalRecipe, completeRecipe } from "./stages/recipe.ts";
import { openSamples } from "./stages/samples.ts";
import { assertWritable, writeFolder } from "./stages/write_output.ts";
import { emitDeno, stageBundle } from "./targets/deno/mod.ts";
import { VERSION } from "./version.ts";

/**
 * Converts a model to a .kedge file in memory.
 * @throws KedgeError for every fault of the model, the data or the recipe.
 */
export async function convert(options: ConvertOptions): Promise<Conversion> {
  const progress = options.progress ?? (() => {});
  const recipe = completeRecipe(options.recipe ?? {});
  progress("import", 0, 1);
  const source = await readSource(options.model, recipe.dims);
  progress("import", 1, 1);
  const samples = await openSamples(source.core, options, recipe);
  const { graph, reasons } = await compress(
    source.core,
    samples,
    recipe,
    (done, total) => progress("calibrate", done, total),
  );
  progress("pack", 0, 1);
  const dataset = (samples.evaluation ?? samples.calibration)?.dataset;
  const meta = (golden: GoldenSample[]): PackMeta => ({
    preprocess: dataset?.preprocess ?? null,
    labels: options.labels ?? dataset?.classNames ?? [],
    golden,
    provenance: {
      name: source.name,
      sha256: source.sha256,
      kedge: VERSION,
      recipe: canonicalRecipe(recipe),
    },
  });
  const plan = planMemory(graph);
  const bare = readModel(await pack(graph, plan, meta([])));
  const golden: GoldenSample[] = [];
  for (let i = 0; i < goldenCount(bare); i++) {
    golden.push(goldenSample(bare, await goldenInput(bare, samples, i)));
  }
  const bytes = await pack(graph, plan, meta(golden));
  const model = readModel(bytes);
  const layers = await measureLayers(source.core, bytes, samples, reasons);
  progress("pack", 1, 1);
  return { bytes, model, source, recipe, samples, layers };
}

/**
 * Converts, emits, checks on the target, and writes the bundle folder with its report.
 * @returns the report; `misses` lists limits that were not kept.
 */
export async function bundle(options: BundleOptions): Promise<Report> {
  const progress = options.progress ?? (() => {});
  await assertWritable(options.out);
  const conversion = await convert(options);
  const { bytes, model, source, samples } = conversion;
  progress("emit", 0, 1);
  const files = await emitDeno(bytes, model, { split: options.split ?? false });
  progress("emit", 1, 1);
  await using staged = await stageBundle(files);
  const evaluation = await evaluate({
    emitted: staged,
    model,
    source,
    dataset: samples.evaluation?.dataset ?? null,
    samples: samples.evaluation?.indices ?? [],
    onSample: (done) => progress("check", done, samples.evaluation?.indices.length ?? 0),
  });
  const { name, sha256, parameters, path } = source;
  const report = assembleReport({
    original: { name, sha256, parameters, path, bytes: source.bytes.length },
    packed: bytes,
    layers: conversion.layers,
    recipe: { ...conversion.recipe },
    seed: conversion.recipe.seed,
    split: samples.split,
    files,
    evaluation,
    limits: options,
  });
  if (!options.dryRun) {
    const text = (content: string) => new TextEncoder().encode(content);
    files.set("report.json", text(JSON.stringify(report, null, 2) + "\n"));
    if (options.renderHtml) {
      files.set("report.html", text(options.renderHtml(report)));
    }
    await writeFolder(options.out, files);
  }
  return report;
}
