/**
 * Puts the report together.
 * @module
 */
import type { LayerReport, Report } from "../check/report.ts";
import { codeOnly, shipped } from "../targets/deno/mod.ts";
import type { BundleFiles } from "../targets/target.ts";
import { VERSION } from "../version.ts";
import type { Evaluation } from "./evaluate.ts";
import { findMisses, type Limits } from "./misses.ts";
import { deviceBytes, measureBytes } from "./sizes.ts";

/** What a report is made of. */
export interface ReportParts {
  /** The original: name, hash and sizes. */
  original: Omit<Report["model"], "operations"> & { bytes: number };
  /** The .kedge file inside the bundle. */
  packed: Uint8Array;
  layers: LayerReport[];
  recipe: Record<string, unknown>;
  seed: number;
  split: Report["split"];
  /** The emitted files. */
  files: BundleFiles;
  evaluation: Evaluation;
  limits: Limits;
}

/** Puts all parts into the form of DESIGN.md §1. */
export function assembleReport(parts: ReportParts): Report {
  const { original, packed, layers, files, evaluation, limits } = parts;
  const { runtime, layerMs, device, instructions, ...measured } = evaluation;
  const weights = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const bytes = device
    ? deviceBytes(original.bytes, weights, packed.length, device)
    : measureBytes({
      original: original.bytes,
      weights,
      model: packed,
      shipped: shipped(files),
      code: codeOnly(files, packed),
    });
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  const { name, sha256, parameters, path } = original;
  return {
    schema: "kedge/report/1",
    kedge: VERSION,
    model: { name, sha256, parameters, operations: 2 * macs, path },
    target: { name: device ? "mcu" : "deno", runtime },
    recipe: parts.recipe,
    seed: parts.seed,
    bytes,
    ...measured,
    ...(device && { device }),
    split: parts.split,
    layers: layers.map((layer, i) => ({
      ...layer,
      ms: layerMs[i] ?? null,
      ...(instructions && { instructions: instructions[i] }),
    })),
    misses: findMisses({ accuracy: measured.accuracy, bytes }, limits),
  };
}
