/**
 * Labels: one whole number a sample, or for regression any number.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Metric } from "./manifest.ts";
import type { NpyArray } from "./npy.ts";

/** Class numbers; for the metric "mse" targets. */
export type Labels = Int32Array | Float32Array;

/** What labels are read for. */
export interface LabelOptions {
  /** Number of samples. */
  count: number;
  /** Added to every class number. */
  classOffset: number;
  metric: Metric;
  /** Number of classes of the model, where it is known. */
  classes?: number;
  /** File for messages. */
  file: string;
}

/**
 * Takes labels out of an array of shape (N) or (N, 1).
 * @throws KedgeError `data/labels` with the number of the sample.
 */
export function readLabels(
  array: Pick<NpyArray, "shape" | "values">,
  options: LabelOptions,
): Labels {
  const { count, classOffset, metric, classes, file } = options;
  const { shape, values: data } = array;
  if (data.length !== count || shape[0] !== count) {
    throw wrongLabels(file, "there is not one label for each sample", {
      got: `shape (${shape.join(", ")})`,
      wanted: `(${count})`,
      hint: shape[0] === count ? "give class numbers, y.argmax(1), not one-hot rows" : undefined,
    });
  }
  if (metric === "mse") return finite(Float32Array.from(data), file);
  const labels = Int32Array.from(data, (value) => value + classOffset);
  for (let i = 0; i < count; i++) {
    if (labels[i] !== data[i] + classOffset) {
      throw wrongLabels(file, `the label of sample ${i} is not a class number`, {
        got: String(data[i]),
        wanted: "a whole number",
        hint: 'for targets of a regression set "metric": "mse" in the manifest',
      });
    }
  }
  checkLabels(labels, classes ?? Infinity, file);
  return labels;
}

/**
 * Holds class numbers to the number of classes.
 * @param file where they come from, for messages.
 * @throws KedgeError `data/labels` with the number of the first sample that is out of range.
 */
export function checkLabels(labels: ArrayLike<number>, classes: number, file?: string): void {
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] >= 0 && labels[i] < classes) continue;
    throw wrongLabels(
      file,
      `the model has no class ${labels[i]}, which is the label of sample ${i}`,
      {
        got: String(labels[i]),
        wanted: classes === Infinity ? "0 or more" : `0…${classes - 1}`,
        hint: 'check "classOffset" in the manifest',
      },
    );
  }
}

function finite(targets: Float32Array, file: string): Float32Array {
  const wrong = targets.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return targets;
  throw wrongLabels(file, `the target of sample ${wrong} is not a number`, {
    got: String(targets[wrong]),
    wanted: "a finite number",
  });
}

/** A `data/labels` error. */
export function wrongLabels(
  file: string | undefined,
  found: string,
  more: { got?: string; wanted?: string; hint?: string },
): KedgeError {
  return new KedgeError({
    code: "data/labels",
    message: `Reading the labels${file === undefined ? "" : ` of "${file}"`}: ${found}`,
    where: file === undefined ? undefined : { file },
    ...more,
  });
}
