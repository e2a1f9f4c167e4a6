/**
 * Weights in half precision; computing stays float32.
 * @module
 */
import type { CoreGraph } from "../graph/graph.ts";
import { type Recipe, recipeFor } from "../recipe/mod.ts";

/** Largest finite float16. */
const LARGEST = 65504;

/**
 * Rounds weights of two or more dimensions to the nearest float16 and stores them so: those that
 * only nodes take whose recipe says float16. A tensor with a value that float16 cannot hold, such as
 * a mask of −10⁹, stays as it is.
 */
export function toFloat16(graph: CoreGraph, recipe: Recipe): CoreGraph {
  const kept = new Set(
    graph.nodes.flatMap(({ name, inputs }) =>
      recipeFor(recipe, name).weights === "float16" ? [] : inputs
    ),
  );
  const tensors = new Map(graph.tensors);
  for (const [name, tensor] of tensors) {
    if (kept.has(name)) continue;
    if (!(tensor.data instanceof Float32Array) || (tensor.shape?.length ?? 0) < 2) continue;
    if (tensor.data.some((value) => !(Math.abs(value) <= LARGEST))) continue;
    const data = new Float32Array(new Float16Array(tensor.data));
    tensors.set(name, { ...tensor, data, encoding: "float16" });
  }
  return { ...graph, tensors };
}
