/**
 * Floors and budgets that a bundle missed, as errors with their exit codes.
 * @module
 */
import type { ErrorData } from "../../runtime/format/error.ts";
import type { Report } from "../check/report.ts";

/** What a bundle has to keep to. */
export interface Limits {
  /** Largest drop of the metric, as a fraction (0.01 = one point). */
  maxDrop?: number;
  /** Largest number of shipped bytes. */
  budget?: number;
}

/** Lists what was missed; an accuracy floor without data to measure it counts as missed. */
export function findMisses(
  report: Pick<Report, "accuracy" | "bytes">,
  limits: Limits,
): ErrorData[] {
  const misses: ErrorData[] = [];
  const { accuracy, bytes } = report;
  if (
    limits.maxDrop !== undefined &&
    !(accuracy && accuracy.drop <= limits.maxDrop)
  ) {
    misses.push({
      code: "accuracy/floor",
      message: accuracy
        ? `Checking accuracy: "${accuracy.metric}" fell further than --max-drop allows`
        : "Checking accuracy: there were no labelled samples to measure it on",
      got: accuracy ? points(accuracy.drop) : "not measured",
      wanted: `at most ${points(limits.maxDrop)}`,
      hint: accuracy
        ? "keep the worst layers in float with --keep-float, or find them with kedge blame"
        : "give --data",
    });
  }
  if (limits.budget !== undefined && bytes.total > limits.budget) {
    misses.push({
      code: "budget/bytes",
      message: "Checking size: the bundle is larger than --budget allows",
      got: `${bytes.total} bytes (weights ${bytes.weights}, code ${bytes.code})`,
      wanted: `at most ${limits.budget} bytes`,
      hint: bytes.code > limits.budget
        ? "the code alone takes more, whatever the weights: allow more bytes"
        : "use smaller --weights, or a model with fewer parameters",
    });
  }
  return misses;
}

function points(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} points`;
}
