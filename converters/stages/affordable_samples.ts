/**
 * How many samples a stage can look at, and which.
 * @module
 */
import { columnLayout, weightsOf } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";

/** Samples that are looked at, however large the model is. */
const FEWEST = 8;

/** As many samples as take so many multiplications of all layers together; a few at least. */
export function affordableSamples(graph: CoreGraph, products: number, most: number): number {
  const each = graph.nodes.reduce((sum, node) => {
    const weights = weightsOf(graph, node);
    const layout = columnLayout(graph, node);
    return weights && layout ? sum + layout.positions * weights.data.length : sum;
  }, 1);
  return Math.min(most, Math.max(FEWEST, Math.floor(products / each)));
}

/**
 * At most so many of a list, spread over all of it: data often stand class by class, so that the
 * first ones would be no fair choice.
 */
export function spreadOver<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.floor(i * list.length / count)]);
}
