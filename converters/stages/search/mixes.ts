/**
 * A choice for each layer by itself.
 * @module
 */
import type { LayerOptions } from "../../check/search.ts";
import { Knapsack } from "../../search/mod.ts";
import type { Attempts, TriedAssignment } from "./attempts.ts";
import { fill } from "./fill.ts";
import { best, fits } from "./limits.ts";
import { refine } from "./refine.ts";

/** Sizes between the smallest and the largest that are tried where there is no budget. */
const SIZES = 6;
/** How often a budget is made smaller to meet the file's, and a drop is closed in on. */
const CLOSER = 4;
/** Bytes that rounding up to buckets can take. */
const MARGIN = 1024;
/** Assignments measured to refine the one for the budget, for each layer. */
const REFINED = 1;

/**
 * The knapsack's answer for the budget, refined by measuring, or for a few sizes between the smallest
 * and the largest. Whole files are larger than the sum of their layers, by what the uniform ones show.
 */
export async function tryMixes(attempts: Attempts): Promise<void> {
  const { workbench, state, layers, limits, progress } = attempts.input;
  const { budget, maxDrop } = limits;
  const sum = (pick: (options: LayerOptions["options"]) => number) =>
    layers.reduce((sum, { options }) => sum + pick(options), 0);
  const largest = sum(([first]) => first.bytes);
  const smallest = sum((options) => Math.min(...options.map(({ bytes }) => bytes)));
  const { overhead, perByte } = fileLine(attempts);
  const wanted = ((budget ?? 0) - overhead) / perByte;
  const all = sum((options) => Math.max(...options.map(({ bytes }) => bytes)));
  const most = Math.min(Math.max(largest, wanted), all) + MARGIN;
  const priced = priceTime(attempts, most);
  const sack = new Knapsack(priced, most);
  const choose = async (name: string, bytes: number, steps: number) => {
    const start = sack.choose(bytes);
    if (!start) return null;
    let done = 0;
    const measure = (assignment: readonly number[]) => {
      progress("refine", done++, steps);
      return state.remember(`loss ${assignment}`, () => workbench.losses(assignment));
    };
    const input = { options: priced, start, budget: bytes, most: steps, measure };
    return await attempts.try(name, steps ? await refine(input) : start);
  };
  if (budget !== undefined) {
    let bytes = Math.min(wanted, most);
    for (let i = 0; i < CLOSER; i++) {
      const tried = await choose(`${budget} bytes`, bytes, REFINED * layers.length);
      if (!tried) break;
      if (await fill(attempts, tried, budget)) break;
      if (tried.bytes <= budget) break;
      bytes -= (tried.bytes - budget) / perByte;
    }
    return;
  }
  for (let i = 1; i <= SIZES; i++) {
    await choose(`size ${i}`, smallest * (largest / smallest) ** (i / (SIZES + 1)), 0);
  }
  if (maxDrop === undefined) return;
  for (let i = 0; i < CLOSER; i++) {
    const met = best(attempts.all, limits);
    const smaller = attempts.all.filter(({ bytes }) => bytes < met.bytes)
      .map(({ bytes }) => bytes);
    if (!fits(met, limits) || !smaller.length) break;
    const middle = ((met.bytes + Math.max(...smaller)) / 2 - overhead) / perByte;
    await choose(`closer ${i + 1}`, middle, layers.length);
  }
}

/**
 * A file's bytes by those of its weights: a line through the largest and the smallest of models whose
 * layers are all alike. In a bundle, weights are text of 4 characters for every 3 bytes.
 */
function fileLine({ all, input: { layers } }: Attempts): { overhead: number; perByte: number } {
  const known = all.filter(({ assignment: [choice] }) => layers[0].options[choice]);
  const points = known.map(({ assignment, bytes }: TriedAssignment) => ({
    weights: assignment.reduce((sum, choice, i) => sum + layers[i].options[choice].bytes, 0),
    bytes,
  })).sort((a, b) => a.weights - b.weights);
  const [low, high] = [points[0], points[points.length - 1]];
  const slope = (high.bytes - low.bytes) / (high.weights - low.weights);
  const perByte = slope > 0 && slope < Infinity ? slope : 1;
  return { overhead: high.bytes - perByte * high.weights, perByte };
}

/**
 * Losses with a price on time, the lowest of a bisection with which the least loss in `most` bytes keeps
 * to the longest time (Lagrangian relaxation); the losses as they are where time is not limited. What
 * takes time besides layers with weights, the model of the first choice shows.
 */
function priceTime(
  { all: [first], input: { layers, limits: { maxLatencyMs } } }: Attempts,
  most: number,
): LayerOptions["options"][] {
  const plain = layers.map(({ options }) => options);
  if (maxLatencyMs === undefined) return plain;
  const sum = (picked: readonly number[]) =>
    picked.reduce((ms, choice, layer) => ms + (plain[layer][choice]?.ms ?? 0), 0);
  const others = Math.max(0, first.estimatedMs! - sum(first.assignment));
  const priced = (price: number) =>
    plain.map((options) => options.map((o) => ({ ...o, loss: o.loss + price * (o.ms ?? 0) })));
  const time = (price: number) => {
    const picked = new Knapsack(priced(price), most).choose(most);
    return picked ? others + sum(picked) : 0;
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
