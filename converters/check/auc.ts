/**
 * Area under the ROC curve of two models on the same samples.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { normalInterval, normalPValue } from "./normal.ts";
import type { Paired } from "./paired.ts";

/**
 * AUC = (number of pairs in which the positive scores higher + ½ number of ties) / (m·n), the
 * Mann–Whitney statistic. Variances and the covariance of two models are DeLong's (DeLong, DeLong,
 * Clarke-Pearson 1988, Biometrics 44:837), out of ranks (Sun and Xu 2014, IEEE SPL 21:1389). Where a
 * model separates the classes without fault its variance is 0, and so is its interval's width.
 * @param labels 1 is positive, 0 negative; at least two of each.
 * @throws KedgeError `data/labels` when a class has fewer than two samples.
 */
export function compareAuc(
  original: ArrayLike<number>,
  bundle: ArrayLike<number>,
  labels: readonly number[],
): Paired {
  const positives = indicesOf(labels, 1);
  const negatives = indicesOf(labels, 0);
  if (positives.length < 2 || negatives.length < 2) {
    throw new KedgeError({
      code: "data/labels",
      message: 'Measuring accuracy by "auc": there are not enough samples of both classes',
      got: `${negatives.length} of class 0, ${positives.length} of class 1`,
      wanted: "two of each or more",
      hint: "give more labelled samples",
    });
  }
  const a = placements(original, positives, negatives);
  const b = placements(bundle, positives, negatives);
  const error = (first: Placements, second: Placements) =>
    Math.sqrt(
      variance(first.positives, second.positives) / positives.length +
        variance(first.negatives, second.negatives) / negatives.length,
    );
  const nothing: Placements = {
    auc: 0,
    positives: positives.map(() => 0),
    negatives: negatives.map(() => 0),
  };
  const drop = a.auc - b.auc;
  const dropError = error(a, b);
  return {
    original: a.auc,
    bundle: b.auc,
    originalInterval: normalInterval(a.auc, error(a, nothing), [0, 1]),
    bundleInterval: normalInterval(b.auc, error(b, nothing), [0, 1]),
    drop,
    dropInterval: normalInterval(drop, dropError, [-1, 1]),
    pValue: normalPValue(drop, dropError),
  };
}

/** For each sample, the share of the other class that it stands on the right side of. */
interface Placements {
  auc: number;
  positives: number[];
  negatives: number[];
}

function placements(
  scores: ArrayLike<number>,
  positives: readonly number[],
  negatives: readonly number[],
): Placements {
  const all = ranks(scores, [...positives, ...negatives]);
  const among = { positives: ranks(scores, positives), negatives: ranks(scores, negatives) };
  const m = positives.length;
  const n = negatives.length;
  const above = positives.map((_, i) => (all[i] - among.positives[i]) / n);
  const below = negatives.map((_, j) => 1 - (all[m + j] - among.negatives[j]) / m);
  return { auc: above.reduce((a, b) => a + b, 0) / m, positives: above, negatives: below };
}

/** Rank of each of some samples among them, from 1; equal scores share their mean rank. */
function ranks(scores: ArrayLike<number>, samples: readonly number[]): number[] {
  const score = (place: number) => scores[samples[place]];
  const order = samples.map((_, place) => place).sort((a, b) => score(a) - score(b));
  const out = Array<number>(samples.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && score(order[end]) === score(order[start])) end++;
    const rank = (start + 1 + end) / 2;
    for (; start < end; start++) out[order[start]] = rank;
  }
  return out;
}

/** Sample variance of the differences first − second. */
function variance(first: readonly number[], second: readonly number[]): number {
  const differences = first.map((value, i) => value - second[i]);
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  return differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (differences.length - 1);
}

function indicesOf(labels: readonly number[], wanted: number): number[] {
  return labels.flatMap((label, i) => label === wanted ? [i] : []);
}
