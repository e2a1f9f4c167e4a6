/**
 * kedge's side of a benchmark: bundles made for it, or one that is there.
 * @module
 */
import type { Model } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { convertModel } from "../stages/convert_model.ts";
import { readReport } from "../stages/read_report.ts";
import { completeRecipe, type Recipe } from "../recipe/mod.ts";
import { emitDeno, openBundle } from "../targets/deno/mod.ts";
import type { Contender, Workshop } from "./contenders/contender.ts";
import { kedgeContender } from "./contenders/kedge.ts";
import type { Peak } from "./kernel_peak.ts";
import type { BenchOptions } from "./options.ts";
import { toFileUrl } from "./file_url.ts";

/** One of kedge's contenders with what is known of it. */
export interface Own {
  contender: Contender;
  model: Model;
  recipe: Recipe;
  /** Which kernels do its work. */
  peak: Peak;
}

/** Where the models of a benchmark come from. */
export interface Origin {
  /** Path of the original model. */
  model: string;
  name: string;
  sha256: string;
  own: Own[];
}

/** Converts and emits a model once for every kind of weights. */
export async function ownOfModel(
  options: BenchOptions,
  weights: readonly Recipe["weights"][],
  workshop: Workshop,
): Promise<Origin> {
  const { model, data, calibration, recipe, progress } = options;
  const own: Own[] = [];
  let origin = { name: "", sha256: "" };
  for (const kind of weights) {
    const given = { ...recipe, weights: kind };
    if (kind !== "int8") delete given.activations;
    const converted = await convertModel({ model, data, calibration, recipe: given, progress });
    const files = await emitDeno(converted.bytes, converted.model, { split: false });
    own.push({
      contender: await kedgeContender(nameOf(converted.recipe), files, workshop),
      model: converted.model,
      recipe: converted.recipe,
      peak: peakOf(converted.recipe),
    });
    origin = { name: converted.source.name, sha256: converted.source.sha256 };
  }
  return { model, ...origin, own };
}

/**
 * Takes a bundle as it is.
 * @throws KedgeError `file/bundle` when the folder holds none.
 */
export async function ownOfBundle(options: BenchOptions, workshop: Workshop): Promise<Origin> {
  const { files, emitted } = await openBundle(options.model);
  const { model: { name, path, sha256 }, recipe: packed } = readReport(files, options.model);
  const module: { packed(): Promise<Uint8Array<ArrayBuffer>> } = await import(
    toFileUrl(emitted.module)
  );
  const recipe = completeRecipe(packed);
  return {
    model: options.original ?? path,
    name,
    sha256,
    own: [{
      contender: await kedgeContender(nameOf(recipe), files, workshop, emitted.module),
      model: readModel(await module.packed()),
      recipe,
      peak: peakOf(recipe),
    }],
  };
}

/** "int8", "int8 7 bits", "int8 weights", "float32". */
function nameOf({ weights, weightBits, activations }: Recipe): string {
  if (weights !== "int8") return weights;
  const bits = weightBits === 7 ? "int8 7 bits" : "int8";
  return activations === "int8" ? bits : `${bits} weights`;
}

function peakOf({ weights, weightBits, group, activations }: Recipe): Peak {
  if (activations !== "int8") return "float32";
  const small = weights === "int2" || weights === "ternary" || (weights === "int4" && !group);
  if (small || (weights === "int8" && weightBits <= 4)) return "int4";
  return weights === "int8" && weightBits <= 7 ? "int8 7 bits" : "int8";
}
