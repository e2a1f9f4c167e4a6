/**
 * Assignments worth trying as a whole, and what they give.
 * @module
 */
import { choiceOf, Knapsack, lambdaOf } from "../../search/mod.ts";
import type { Progress } from "../options.ts";
import { closeIn } from "./close_in.ts";
import { best, fits } from "./limits.ts";
import { refine } from "./refine.ts";
import type { Candidate, LayerOptions, SearchLimits } from "../../check/search.ts";
import type { SearchState } from "./state.ts";
import type { Workbench } from "./workbench.ts";

/** A candidate with the choice of each layer. */
export interface TriedAssignment extends Omit<Candidate, "rules" | "front"> {
  assignment: number[];
}

/** What candidates are found by. */
export interface CandidateInput {
  workbench: Workbench;
  state: SearchState;
  layers: readonly Omit<LayerOptions, "chosen">[];
  limits: SearchLimits;
  progress: Progress;
}

/** Sizes between the smallest and the largest that are tried besides the budget. */
const SIZES = 6;
/** How often a budget is made smaller to meet the file's, and a drop is closed in on. */
const CLOSER = 4;
/** Bytes that rounding up to buckets can take. */
const MARGIN = 1024;
/** Assignments measured to refine the one for the budget, for each layer. */
const REFINED = 2;

/**
 * All layers alike by each choice, and by the λ that meets the budget; the knapsack's answer for the budget, and for a few sizes between
 * the smallest and the largest, each refined. Whole files are larger than the sum of their layers, by
 * what the first file shows.
 */
export async function findCandidates(input: CandidateInput): Promise<TriedAssignment[]> {
  const { workbench, state, layers, limits, progress } = input;
  const all: TriedAssignment[] = [];
  const total = workbench.parts.choices.length + SIZES + (limits.budget === undefined ? 0 : 1);
  const attempt = async (name: string, assignment: number[]): Promise<TriedAssignment> => {
    const known = all.find((tried) => tried.assignment.join() === assignment.join());
    if (known) return known;
    progress("verify", all.length, Math.max(total, all.length + 1));
    const tried = await state.remember(`try ${assignment}`, () => workbench.try(assignment));
    const times = assignment.map((choice, layer) => layers[layer].options[choice]?.ms ?? null);
    const estimatedMs = times.includes(null) ? null : times.reduce((a, b) => a! + b!, 0);
    all.push({ name, ...tried, estimatedMs, assignment });
    return all[all.length - 1];
  };
  const alike = (choice: number) => attempt(workbench.nameOf(choice), layers.map(() => choice));
  for (const choice of workbench.parts.choices.keys()) await alike(choice);
  const sum = (pick: (options: LayerOptions["options"]) => number) =>
    layers.reduce((sum, { options }) => sum + pick(options), 0);
  const largest = sum(([first]) => first.bytes);
  const smallest = sum((options) => Math.min(...options.map(({ bytes }) => bytes)));
  const { overhead, perByte } = fileLine(all, sum);
  if (limits.budget !== undefined) {
    const bytesOf = async (lambda: number) => (await alike(workbench.add(choiceOf(lambda)))).bytes;
    const known = workbench.parts.choices.flatMap((choice, number) => {
      const lambda = lambdaOf(choice);
      const { bytes } = all.find(({ assignment }) => assignment.every((one) => one === number))!;
      return lambda === null ? [] : [{ lambda, bytes }];
    });
    await closeIn(limits.budget, known, bytesOf);
  }
  const priced = await priceTime(layers, limits, largest);
  const sack = new Knapsack(
    priced,
    Math.max(largest, ((limits.budget ?? 0) - overhead) / perByte) + MARGIN,
  );
  const choose = async (name: string, budget: number, steps: number) => {
    const start = sack.choose(budget);
    if (!start) return null;
    const measure = (assignment: readonly number[]) =>
      state.remember(`loss ${assignment}`, () => workbench.loss(assignment));
    let done = 0;
    const assignment = await refine({
      options: priced,
      start,
      budget,
      most: steps,
      measure: (assignment) => {
        progress("refine", done++, steps);
        return measure(assignment);
      },
    });
    return await attempt(name, assignment);
  };
  if (limits.budget !== undefined) {
    let budget = (limits.budget - overhead) / perByte;
    for (let i = 0; i < CLOSER; i++) {
      const tried = await choose(`${limits.budget} bytes`, budget, REFINED * layers.length);
      if (!tried || tried.bytes <= limits.budget) break;
      budget -= (tried.bytes - limits.budget) / perByte;
    }
  }
  for (let i = 1; i <= SIZES; i++) {
    const budget = smallest * (largest / smallest) ** (i / (SIZES + 1));
    await choose(`size ${i}`, budget, layers.length);
  }
  if (limits.maxDrop !== undefined && limits.budget === undefined) {
    for (let i = 0; i < CLOSER; i++) {
      const met = best(all, limits);
      const smaller = all.filter(({ bytes }) => bytes < met.bytes).map(({ bytes }) => bytes);
      if (!fits(met, limits) || !smaller.length) break;
      const middle = ((met.bytes + Math.max(...smaller)) / 2 - overhead) / perByte;
      await choose(`closer ${i + 1}`, middle, layers.length);
    }
  }
  return all;
}

/**
 * A file's bytes by those of its weights: a line through the largest and the smallest of models whose
 * layers are all alike. In a bundle, weights are text of 4 characters for every 3 bytes.
 */
function fileLine(
  uniform: readonly TriedAssignment[],
  sum: (pick: (options: LayerOptions["options"]) => number) => number,
): { overhead: number; perByte: number } {
  const points = uniform.map(({ assignment: [choice], bytes }) => ({
    weights: sum((options) => options[choice].bytes),
    bytes,
  })).sort((a, b) => a.weights - b.weights);
  const [low, high] = [points[0], points[points.length - 1]];
  const slope = (high.bytes - low.bytes) / (high.weights - low.weights);
  const perByte = slope > 0 && slope < Infinity ? slope : 1;
  return { overhead: high.bytes - perByte * high.weights, perByte };
}

/**
 * Losses with a price on time, the lowest of a bisection with which the least loss of any size keeps
 * to the longest time (Lagrangian relaxation); the losses as they are where time is not limited.
 */
function priceTime(
  layers: CandidateInput["layers"],
  { maxLatencyMs, budget }: SearchLimits,
  largest: number,
): LayerOptions["options"][] {
  const plain = layers.map(({ options }) => options);
  if (maxLatencyMs === undefined) return plain;
  const priced = (price: number) =>
    plain.map((options) => options.map((o) => ({ ...o, loss: o.loss + price * (o.ms ?? 0) })));
  const most = Math.min(budget ?? Infinity, largest + MARGIN);
  const time = (price: number) => {
    const picked = new Knapsack(priced(price), most).choose(most);
    return picked?.reduce((ms, choice, layer) => ms + (plain[layer][choice].ms ?? 0), 0) ?? 0;
  };
  if (time(0) <= maxLatencyMs) return plain;
  let [low, high] = [0, 1e-6];
  while (time(high) > maxLatencyMs && high < 1e6) [low, high] = [high, high * 10];
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2;
    if (time(middle) > maxLatencyMs) low = middle;
    else high = middle;
  }
  return priced(high);
}
