/**
 * Puts the report together.
 * @module
 */
import type { LayerReport, Report } from "../check/report.ts";
import { type BundleFiles, codeOnly, shipped } from "../targets/deno/mod.ts";
import { VERSION } from "../version.ts";
import type { Evaluation } from "./evaluate.ts";
import { findMisses, type Limits } from "./misses.ts";
import { measureBytes } from "./sizes.ts";

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
  const { runtime, layerMs, ...measured } = evaluation;
  const bytes = measureBytes({
    original: original.bytes,
    weights: layers.reduce((sum, layer) => sum + layer.bytes, 0),
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
    target: { name: "deno", runtime },
    recipe: parts.recipe,
    seed: parts.seed,
    bytes,
    ...measured,
    split: parts.split,
    layers: layers.map((layer, i) => ({ ...layer, ms: layerMs[i] ?? null })),
    misses: findMisses({ accuracy: measured.accuracy, bytes }, limits),
  };
}
