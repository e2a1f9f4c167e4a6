/**
 * How many samples a stage can look at.
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
