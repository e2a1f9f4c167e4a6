/**
 * Improves an assignment by measuring its neighbours.
 * @module
 */
import { mean, type Option, standardError } from "../../search/mod.ts";

/** Standard errors by which a neighbour has to be better: less is mostly luck. */
const BETTER = 1;

/** What refinement works on. */
export interface RefineInput {
  /** Options by layer. */
  options: readonly (readonly Option[])[];
  /** Option of each layer to start from. */
  start: readonly number[];
  /** Most bytes of all layers together. */
  budget: number;
  /** Most assignments to measure. */
  most: number;
  /** Measures the losses of an assignment, by sample. */
  measure(assignment: readonly number[]): Promise<number[]>;
}

/**
 * Local search (Kellerer et al. 2004, §11.2): a neighbour gives one layer another option, or two
 * layers, and keeps to the budget. Those that the sum of single losses thinks best are measured
 * first; the first that is better by a paired test over the samples is taken, until no neighbour is, or
 * enough were measured. So losses of layers that do not simply add up are accounted for.
 */
export async function refine(input: RefineInput): Promise<number[]> {
  const { measure, most } = input;
  let best = [...input.start];
  let losses = await measure(best);
  const seen = new Set([best.join()]);
  for (let measured = 1; measured < most;) {
    const next = neighbours(input, best).find((other) => !seen.has(other.join()));
    if (!next) break;
    seen.add(next.join());
    measured++;
    const tried = await measure(next);
    const gains = losses.map((loss, sample) => loss - tried[sample]);
    const gain = mean(gains);
    if (gain > 0 && gain > BETTER * standardError(gains)) [best, losses] = [next, tried];
  }
  return best;
}

/** Assignments one or two changes away, within the budget, by their summed losses. */
function neighbours({ options, budget }: RefineInput, from: readonly number[]): number[][] {
  const bytesOf = (layer: number, option: number) => options[layer][option].bytes;
  const spent = from.reduce((sum, option, layer) => sum + bytesOf(layer, option), 0);
  const changes = from.flatMap((option, layer) =>
    options[layer].flatMap((to, number) =>
      number === option ? [] : [{
        layer,
        number,
        bytes: to.bytes - bytesOf(layer, option),
        loss: to.loss - options[layer][option].loss,
      }]
    )
  );
  const pairs = changes.flatMap((a, i) =>
    changes.slice(i + 1).filter((b) => a.layer !== b.layer && (a.loss < 0) !== (b.loss < 0))
      .map((b) => ({ changed: [a, b], bytes: a.bytes + b.bytes, loss: a.loss + b.loss }))
  );
  const single = changes.map((a) => ({ changed: [a], bytes: a.bytes, loss: a.loss }));
  return [...single, ...pairs]
    .filter(({ bytes }) => spent + bytes <= budget)
    .sort((a, b) => a.loss - b.loss || a.bytes - b.bytes)
    .slice(0, 200)
    .map(({ changed }) => {
      const next = [...from];
      for (const { layer, number } of changed) next[layer] = number;
      return next;
    });
}
