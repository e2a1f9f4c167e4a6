/**
 * The line from a trained model to a checked bundle (DESIGN.md §5):
 * import → simplify → calibrate → compress → plan → pack → emit → check → report.
 * @module
 */
import { readModel } from "../runtime/format/reader.ts";
import type { Report } from "./check/report.ts";
import { assembleReport } from "./stages/assemble_report.ts";
import { convertModel } from "./stages/convert_model.ts";
import { evaluate } from "./stages/evaluate.ts";
import type { BundleOptions, Conversion, ConvertOptions } from "./stages/options.ts";
import { originalBytes } from "./stages/read_source.ts";
import { searchForBundle } from "./stages/search/mod.ts";
import { assertWritable, writeFolder } from "./stages/write_output.ts";
import { limitSamples } from "./stages/samples.ts";
import { openTarget } from "./stages/open_target.ts";

/**
 * Converts a model to a .kedge file in memory.
 * @throws KedgeError for every fault of the model, the data or the recipe.
 */
export async function convert(options: ConvertOptions): Promise<Conversion> {
  const { bytes, model, source, recipe, layers } = await convertModel(options);
  const { name, sha256 } = source;
  return { name, sha256, bytes, model, recipe, layers };
}

/**
 * Converts, emits, checks on the target, and writes the bundle folder with its report.
 * @returns the report; `misses` lists limits that were not kept.
 */
export async function bundle(options: BundleOptions): Promise<Report> {
  const progress = options.progress ?? (() => {});
  await assertWritable(options.out);
  const target = openTarget(options);
  let conversion = await convertModel(options);
  progress("emit", 0, 1);
  let files = await target.emit(conversion.bytes, conversion.model);
  progress("emit", 1, 1);
  const found = await searchForBundle(options, {
    converted: conversion,
    shipped: () => target.bytesOf(files),
    sizeOf: (bytes) => target.bytesOfAny(bytes, readModel(bytes)),
  });
  if (found) {
    conversion = await convertModel({ ...options, recipe: found.recipe });
    files = await target.emit(conversion.bytes, conversion.model);
  }
  const { bytes, model, source, samples } = conversion;
  await using staged = await target.stage(files);
  const indices = limitSamples(samples.evaluation?.indices ?? [], options.target, options);
  const evaluation = await evaluate({
    emitted: staged,
    model,
    source,
    dataset: samples.evaluation?.dataset ?? null,
    samples: indices,
    onSample: (done) => progress("check", done, indices.length),
  });
  const { name, sha256, parameters, path } = source;
  const report = assembleReport({
    original: { name, sha256, parameters, path, bytes: originalBytes(source) },
    packed: bytes,
    layers: conversion.layers,
    recipe: { ...conversion.recipe },
    seed: conversion.recipe.seed,
    split: samples.split,
    files,
    evaluation,
    limits: options,
  });
  if (found) report.search = found;
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
