/**
 * Opens the data of a conversion and splits it: what calibrates is never what is evaluated.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Report } from "../check/report.ts";
import { type Dataset, defaultCalibration, openDataset, splitSamples } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import type { Recipe } from "../recipe/mod.ts";

/** Data of one conversion. */
export interface Samples {
  /** Held-out data and which of its samples are evaluated; null without data. */
  evaluation: { dataset: Dataset; indices: number[] } | null;
  /** Calibration data and which of its samples are used; null without data. */
  calibration: { dataset: Dataset; indices: number[] } | null;
  /** Samples that a search chooses by, apart from both, where some are set aside. */
  selection?: { dataset: Dataset; indices: number[] };
  /** The split, for the report. */
  split: Report["split"];
  /** Where statistics of the samples are kept between runs: the system's place, or null for none. */
  cache?: string | null;
}

/**
 * Opens `data` and, where given, separate `calibration` data.
 * @param recipe its seed, `calibrationSamples` and `selectionSamples` decide the split.
 * @param earlier split that a bundle was made with: only data of the same size are taken for those
 * that calibrated it; of others all samples are evaluated.
 */
export async function openSamples(
  graph: CoreGraph,
  paths: { data?: string; calibration?: string; cache?: string | null },
  recipe: Recipe,
  earlier?: Report["split"],
): Promise<Samples> {
  const inputs = graph.inputs.map((name) => ({
    name,
    shape: graph.tensors.get(name)?.shape ?? [],
  }));
  const classes = graph.tensors.get(graph.outputs[0])?.shape?.at(-1) ?? 1;
  // One score tells two classes apart.
  const options = { classes: Math.max(classes, 2) };
  const open = (path?: string) => path ? openDataset(path, inputs, options) : Promise.resolve(null);
  const data = await open(paths.data);
  // The same data twice is split like the data once.
  const separate = paths.calibration === paths.data ? null : await open(paths.calibration);
  const from = separate ?? data;
  if (!from) return { evaluation: null, calibration: null, split: null };
  if (data && earlier !== undefined && !isSplitOf(earlier, data.count)) {
    const { count } = data;
    return {
      calibration: null,
      evaluation: { dataset: data, indices: Array.from({ length: count }, (_, i) => i) },
      split: {
        ...{ seed: recipe.seed, calibration: 0, selection: 0 },
        ...{ evaluation: count, source: "separate" },
      },
    };
  }
  const wanted = recipe.calibrationSamples || defaultCalibration(from.count);
  const split = splitSamples(
    from.count,
    Math.min(wanted, from.count),
    recipe.seed,
    recipe.selectionSamples,
  );
  const evaluated = separate
    ? Array.from({ length: data?.count ?? 0 }, (_, i) => i)
    : split.evaluation;
  return {
    cache: paths.cache,
    calibration: { dataset: from, indices: split.calibration },
    ...split.selection.length && { selection: { dataset: from, indices: split.selection } },
    evaluation: data && evaluated.length ? { dataset: data, indices: evaluated } : null,
    split: {
      seed: recipe.seed,
      calibration: split.calibration.length,
      selection: split.selection.length,
      evaluation: data ? evaluated.length : 0,
      source: separate ? "separate" : "split",
    },
  };
}

function isSplitOf(split: Report["split"], count: number): boolean {
  if (split?.source !== "split") return false;
  // Earlier bundles have no selection in their reports.
  return split.calibration + (split.selection ?? 0) + split.evaluation === count;
}

/** Samples that pruning looks at. */
export function calibrationOf({ calibration }: Samples): NonNullable<Samples["calibration"]> {
  if (calibration) return calibration;
  throw new KedgeError({
    code: "data/missing",
    message: "Pruning: there are no samples to look at",
    wanted: "samples of what the model will see, labelled or not",
    hint: "give --data (or --calibration), or prune by weights alone: " +
      "--prune magnitude:0.5, or --prune channels:0.3 --importance weights --no-refit",
  });
}

/** Samples that a board runs unless told otherwise: an emulator takes a second for some. */
const DEVICE_SAMPLES = 200;

/** The first samples, as many as a check runs. */
export function limitSamples(
  indices: readonly number[],
  target: string,
  { checkSamples }: { checkSamples?: number },
): readonly number[] {
  return indices.slice(0, checkSamples ?? (target === "mcu" ? DEVICE_SAMPLES : indices.length));
}
