/**
 * What a searched model has to keep to.
 * @module
 */
import type { ErrorData } from "../../../runtime/format/error.ts";
import type { Candidate, SearchLimits } from "../../check/search.ts";

type Judged = Pick<Candidate, "bytes" | "loss" | "accuracy" | "arenaBytes" | "estimatedMs">;

/** Whether a candidate keeps to all limits. */
export function fits(candidate: Judged, limits: SearchLimits): boolean {
  return missesOf(candidate, limits).length === 0;
}

/**
 * The best of some candidates: with a largest drop alone the smallest that fits, else the one that
 * fits and is nearest the float model. Where none fits, the one that is over its limits least.
 */
export function best<C extends Judged>(candidates: readonly C[], limits: SearchLimits): C {
  const smallest = limits.maxDrop !== undefined && limits.budget === undefined;
  const rank = (candidate: C): number[] => [
    excess(candidate, limits),
    smallest ? candidate.bytes : candidate.loss,
    candidate.bytes,
  ];
  return candidates.toSorted((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, i) => value !== right[i]);
    return at < 0 ? 0 : left[at] - right[at];
  })[0];
}

/** The limits that a candidate misses, as errors. */
export function missesOf(candidate: Judged, limits: SearchLimits): ErrorData[] {
  return checks(candidate, limits).filter(({ over }) => over > 0).map(({ over: _, ...miss }) => ({
    ...miss,
    message: `Searching: ${miss.message}`,
  }));
}

/** By which shares a candidate is over its limits, added up. */
function excess(candidate: Judged, limits: SearchLimits): number {
  return checks(candidate, limits).reduce((sum, { over }) => sum + Math.max(0, over), 0);
}

function checks(
  { bytes, accuracy: { drop }, arenaBytes, estimatedMs }: Judged,
  { budget = Infinity, maxDrop = Infinity, maxArena = Infinity, maxLatencyMs }: SearchLimits,
): (ErrorData & { over: number })[] {
  const points = (share: number) => `${(share * 100).toFixed(2)} points`;
  const slow = maxLatencyMs === undefined ? 0 : (estimatedMs ?? Infinity) / maxLatencyMs - 1;
  return [
    {
      code: "budget/bytes",
      message: "the model file is larger than the budget, even the smallest that was tried",
      got: `${bytes} bytes`,
      wanted: `at most ${budget} bytes`,
      hint: "allow more bytes, or start from a smaller model",
      over: bytes / budget - 1,
    },
    {
      code: "accuracy/floor",
      message: "the metric falls further than the largest drop, on the samples chosen by",
      got: points(drop),
      wanted: `at most ${points(maxDrop)}`,
      hint: "allow more bytes",
      over: maxDrop === Infinity ? 0 : drop - maxDrop,
    },
    {
      code: "budget/arena",
      message: "the arena is larger than allowed, even the smallest that was tried",
      got: `${arenaBytes} bytes`,
      wanted: `at most ${maxArena} bytes`,
      hint: "use a smaller input, or a model with smaller layers",
      over: arenaBytes / maxArena - 1,
    },
    {
      code: "budget/latency",
      message: "no choice is fast enough, by the times of the layers",
      got: `${estimatedMs?.toFixed(3)} ms`,
      wanted: `at most ${maxLatencyMs} ms`,
      hint: "allow more time, or start from a smaller model",
      over: slow,
    },
  ];
}
