/**
 * Weights in half precision; computing stays float32.
 * @module
 */
import { fromFloat16, toFloat16 as bitsOf } from "../../runtime/format/float16.ts";
import type { CoreGraph } from "../graph/graph.ts";

/** Rounds all weights of two or more dimensions to the nearest float16 and stores them so. */
export function toFloat16(graph: CoreGraph): CoreGraph {
  const tensors = new Map(graph.tensors);
  for (const [name, tensor] of tensors) {
    if (!(tensor.data instanceof Float32Array) || (tensor.shape?.length ?? 0) < 2) continue;
    const data = tensor.data.map((value) => fromFloat16(bitsOf(value)));
    tensors.set(name, { ...tensor, data, encoding: "float16" });
  }
  return { ...graph, tensors };
}
