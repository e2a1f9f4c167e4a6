/**
 * Checks a bundle that was written earlier, on its target, against the original model.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { readModel } from "../../runtime/format/reader.ts";
import type { Report } from "../check/report.ts";
import { openBundle, packedIn } from "../targets/deno/mod.ts";
import { openMcu } from "../targets/mcu/mod.ts";
import type { BundleFiles, Runnable } from "../targets/target.ts";
import { assembleReport } from "./assemble_report.ts";
import { evaluate } from "./evaluate.ts";
import { reportLayers } from "./layers.ts";
import type { Limits } from "./misses.ts";
import type { Progress } from "./options.ts";
import { readReport } from "./read_report.ts";
import { originalBytes, readSource } from "./read_source.ts";
import { completeRecipe } from "../recipe/mod.ts";
import { limitSamples, openSamples } from "./samples.ts";

/** What to check and against what. */
export interface CheckOptions extends Limits {
  /** Folder of the bundle. */
  bundle: string;
  /** Path of the labelled data; without it only the golden samples are run. */
  data?: string;
  /** Path of the original model; by default where it was when the bundle was made. */
  model?: string;
  /** Serial port of a real board, for bundles of target mcu; by default it is emulated. */
  port?: string;
  /** Most samples to run. */
  checkSamples?: number;
  /** Told how far it is. */
  progress?: Progress;
}

/**
 * Runs the bundle in its folder and gives a new report; nothing is written. Samples that calibrated
 * the bundle are left out when `data` is the data that it was made with.
 * @throws KedgeError `file/bundle`, `model/other` when the original is not the one bundled.
 */
export async function check(options: CheckOptions): Promise<Report> {
  const progress = options.progress ?? (() => {});
  const { files, emitted, packed } = await open(options);
  const earlier = readReport(files, options.bundle);
  const model = readModel(packed);
  const recipe = completeRecipe(earlier.recipe);
  const source = await readSource(
    options.model ?? earlier.model.path,
    recipe,
  );
  if (source.sha256 !== earlier.model.sha256) {
    throw new KedgeError({
      code: "model/other",
      message: `Checking the bundle "${options.bundle}": the original model is another one`,
      where: { file: source.path },
      got: `SHA-256 ${source.sha256}`,
      wanted: earlier.model.sha256,
      hint: "give the model that the bundle was made from with --model",
    });
  }
  const samples = await openSamples(source.core, options, recipe, earlier.split);
  const indices = limitSamples(samples.evaluation?.indices ?? [], earlier.target.name, options);
  const evaluation = await evaluate({
    emitted,
    model,
    source,
    dataset: samples.evaluation?.dataset ?? null,
    samples: indices,
    onSample: (done) => progress("check", done, indices.length),
  });
  const measured = new Map(earlier.layers.map((layer) => [layer.name, layer]));
  const layers = reportLayers(model, null, new Map()).map((layer) => ({
    ...layer,
    sqnrDb: measured.get(layer.name)?.sqnrDb ?? null,
    cosine: measured.get(layer.name)?.cosine ?? null,
    reason: measured.get(layer.name)?.reason ?? null,
  }));
  const { name, sha256, parameters, path } = source;
  return assembleReport({
    original: { name, sha256, parameters, path, bytes: originalBytes(source) },
    packed,
    layers,
    recipe: { ...recipe },
    seed: recipe.seed,
    split: samples.split,
    files,
    evaluation,
    limits: options,
  });
}

/** A bundle of any target: its files, the .kedge file in it, and how to run it. */
async function open(
  { bundle, port }: CheckOptions,
): Promise<{ files: BundleFiles; emitted: Runnable; packed: Uint8Array<ArrayBuffer> }> {
  const device = await openMcu(bundle, port ?? null);
  if (device) return { files: device.files, emitted: device.runnable, packed: device.packed };
  if (port) {
    throw new KedgeError({
      code: "usage/port",
      message: `Checking the bundle "${bundle}": it is not for a microcontroller`,
      where: { file: bundle },
      hint: "leave --port out",
    });
  }
  const { files, emitted } = await openBundle(bundle);
  return { files, emitted, packed: await packedIn(emitted) };
}
