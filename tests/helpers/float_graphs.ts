/** Float graphs that compression is tried on, and the reference on any graph. */
import type { Range } from "../../converters/data/mod.ts";
import type { CoreGraph, Tensor } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import type { Model, TensorMap } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import { graphOf, NO_META, node } from "./small_models.ts";

/** Bounds and factor of a float operator that does not clamp. */
export const OPEN = { factor: 1, min: -Infinity, max: Infinity };

/** A float32 tensor; a constant when it has values. */
export function float32(name: string, shape: number[], values?: Iterable<number>): Tensor {
  return { name, dtype: "float32", shape, ...values && { data: Float32Array.from(values) } };
}

/** y = x · weightsᵀ + bias for one row x of the weights' length. */
export function denseGraph(weights: number[][], bias?: number[]): CoreGraph {
  const [channels, depth] = [weights.length, weights[0].length];
  return graphOf(
    [node("FullyConnected", ["x", "w", ...bias ? ["b"] : []], "y", OPEN)],
    [
      float32("x", [1, depth]),
      float32("w", [channels, depth], weights.flat()),
      ...bias ? [float32("b", [channels], bias)] : [],
      float32("y", [1, channels]),
    ],
    ["y"],
  );
}

/** A packed graph, read back. */
export async function readBack(graph: CoreGraph): Promise<Model> {
  return readModel(await pack(graph, planMemory(graph), NO_META));
}

/** Runs a graph in the reference. */
export async function runGraph(graph: CoreGraph, inputs: TensorMap): Promise<TensorMap> {
  return runReference(await readBack(graph), inputs);
}

/** Exact ranges of all activations of a float graph over some inputs. */
export async function rangesOf(
  graph: CoreGraph,
  samples: readonly TensorMap[],
): Promise<Map<string, Range>> {
  const model = await readBack(graph);
  const ranges = new Map<string, Range>();
  const see = (name: string, values: ArrayLike<number>) => {
    const { min, max } = ranges.get(name) ?? { min: 0, max: 0 };
    const all = Array.from(values);
    ranges.set(name, { min: Math.min(min, ...all), max: Math.max(max, ...all) });
  };
  for (const sample of samples) {
    for (const [name, values] of Object.entries(sample)) see(name, values);
    runReference(model, sample, (index, bytes) => {
      see(
        model.tensors[model.operators[index].output].name,
        new Float32Array(bytes.slice().buffer),
      );
    });
  }
  return ranges;
}
