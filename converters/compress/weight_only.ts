/**
 * int8 weights that are computed with in float32.
 * @module
 */
import type { CoreGraph } from "../graph/graph.ts";
import { isFloat, type LayerSettings, recipeFor } from "../recipe/mod.ts";
import { meanError } from "./correct_bias.ts";
import type { QuantizeOptions } from "./quantize.ts";
import { gridOf } from "./layer_grid.ts";
import { roundWeights } from "./round_weights.ts";
import { weightsOf } from "./weighted.ts";

/**
 * Stores the weights of convolutions and fully connected nodes as int8, one scale a channel; loading
 * turns them into float32 again. A quarter of the bytes, with no calibration data: every weight is
 * at most half a step from where it was.
 *
 * Such a weight is a tensor of type float32 whose data are the integers, with a quantization.
 * @returns the graph, and why weights stayed float, by node name.
 */
export function quantizeWeightsOnly(
  graph: CoreGraph,
  { recipe, meanPatches }: QuantizeOptions,
): { graph: CoreGraph; reasons: Map<string, string> } {
  const tensors = new Map(graph.tensors);
  const reasons = new Map<string, string>();
  const nodes = graph.nodes.map((node) => {
    const weights = weightsOf(graph, node);
    if (!weights) return node;
    const settings = recipeFor(recipe, node.name);
    if (isFloat(settings.weights)) {
      if (settings.weights === "float32") reasons.set(node.name, "kept in float by the recipe");
      return node;
    }
    const { shape, axis } = weights;
    const grid = gridOf(settings, node.op);
    const rounded = roundWeights(
      weights,
      grid,
      new Float64Array(shape[axis]),
      recipe.scales === "pow2",
    );
    const { quantization } = rounded;
    // Nodes that share weights and settings share the integers.
    const name = `${node.inputs[1]}/${nameOf(settings)}`;
    tensors.set(name, { name, dtype: "float32", shape, data: rounded.data, quantization });
    const inputs = node.inputs.with(1, name);
    const patch = settings.biasCorrection && meanPatches?.get(node.name);
    if (!patch) return { ...node, inputs };
    const bias = `${node.output}/bias`;
    const old = graph.tensors.get(node.inputs[2] ?? "")?.data;
    const values = Float32Array.from(
      meanError(node, weights, rounded, patch),
      (error, c) => Number(old?.[c] ?? 0) - error,
    );
    tensors.set(bias, { name: bias, dtype: "float32", shape: [values.length], data: values });
    return { ...node, inputs: [...inputs.slice(0, 2), bias] };
  });
  return { graph: { ...graph, nodes, tensors }, reasons };
}

/** The same for settings that give the same integers. */
function nameOf({ weights, weightBits, group, bases, codebookPer }: LayerSettings): string {
  if (weights === "int8") return `int${weightBits}`;
  return [weights, group || [], weights === "binary" ? bases : [], codebookPer].flat().join("/");
}
