/**
 * Accuracy of original and bundle on the same samples, and how far their outputs are apart.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { checkLabels } from "../data/labels.ts";
import { compareAuc } from "./auc.ts";
import { decide, inTop } from "./metrics.ts";
import { OutputErrors } from "./output_errors.ts";
import type { Paired } from "./paired.ts";
import { compareAgreement, compareProportions } from "./proportion.ts";
import type { AccuracyReport, Report } from "./report.ts";
import { compareErrors, squaredError } from "./squared_error.ts";

/** Outputs of both on the same samples: sample, output, values. */
export interface Comparison {
  metric: AccuracyReport["metric"];
  /** Class (for "mse" target) of each sample, or null. */
  labels: readonly number[] | null;
  original: readonly Float32Array[][];
  bundle: readonly Float32Array[][];
}

/** A comparison with labels. */
type Labelled = Comparison & { labels: readonly number[] };

/**
 * Compares the first outputs by the metric (agreement where there are no labels), and all outputs by
 * their errors. Both are null without samples.
 * @throws KedgeError `data/labels` when a label lies outside the model's classes, `data/metric` when
 * the metric is not for such outputs, `model/not-finite` when the original gives no numbers to
 * measure "auc" or "mse" by, `accuracy/not-finite`, `bug/outputs`.
 */
export function compareOutputs(comparison: Comparison): Pick<Report, "accuracy" | "outputs"> {
  const { original, bundle } = comparison;
  if (original.length === 0) return { accuracy: null, outputs: null };
  const errors = new OutputErrors();
  original.forEach((outputs, i) => errors.add(outputs, bundle[i] ?? []));
  return { accuracy: compareAccuracy(comparison), outputs: errors.result() };
}

function compareAccuracy(comparison: Comparison): AccuracyReport {
  const { labels, original, bundle } = comparison;
  const metric = labels ? comparison.metric : "agreement";
  const same = original.map(([scores], i) => decide(scores) === decide(bundle[i][0]));
  const base = {
    metric,
    samples: original.length,
    agreement: same.filter(Boolean).length / original.length,
  };
  if (!labels || metric === "agreement") return { ...base, ...compareAgreement(same) };
  const labelled: Labelled = { ...comparison, labels };
  const classes = original[0][0].length;
  if (metric !== "mse" || classes > 1) checkLabels(labels, Math.max(classes, 2));
  if (metric === "mse") return { ...base, ...compareMse(labelled) };
  if (metric === "auc") return { ...base, ...compareBinary(labelled) };
  const first = compareTop(labelled, metric === "top5" ? 5 : 1);
  if (classes <= 5) return { ...base, ...first };
  const { original: top5, bundle: bundleTop5 } = metric === "top5"
    ? first
    : compareTop(labelled, 5);
  return { ...base, ...first, top5: { original: top5, bundle: bundleTop5 } };
}

function compareTop({ labels, original, bundle }: Labelled, k: number): Paired {
  const right = (outputs: readonly Float32Array[][]) =>
    outputs.map(([scores], i) => inTop(scores, labels[i], k));
  return compareProportions(right(original), right(bundle));
}

function compareMse({ labels, original, bundle }: Labelled): Paired {
  const errors = (outputs: readonly Float32Array[][]) =>
    outputs.map(([output], i) => number(squaredError(output, labels[i]), "mse", i));
  return compareErrors(errors(original), errors(bundle));
}

/** Refuses what no order and no mean can be made of. */
function number(value: number, metric: string, sample: number): number {
  if (Number.isFinite(value)) return value;
  throw new KedgeError({
    code: "model/not-finite",
    message: `Measuring accuracy by "${metric}": the original model gives no number at evaluated ` +
      `sample ${sample}`,
    got: String(value),
    wanted: "finite outputs",
    hint: "check the samples and their preprocessing",
  });
}

/** The score of two classes is their difference, which ranks probabilities and logits alike. */
function compareBinary({ labels, original, bundle }: Labelled): Paired {
  const classes = original[0][0].length;
  if (classes > 2) {
    throw new KedgeError({
      code: "data/metric",
      message: 'Measuring accuracy by "auc": the model has more than two classes',
      got: `${classes} scores`,
      wanted: "1 or 2 scores",
      hint: 'set "metric": "top1" in the manifest',
    });
  }
  const scores = (outputs: readonly Float32Array[][]) =>
    outputs.map(([output], i) =>
      number(classes === 1 ? output[0] : output[1] - output[0], "auc", i)
    );
  return compareAuc(scores(original), scores(bundle), labels);
}
