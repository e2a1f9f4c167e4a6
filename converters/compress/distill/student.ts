/**
 * A quantized graph as a float one that computes what it computes.
 * @module
 */
import type { CoreGraph, Quantization } from "../../graph/graph.ts";
import { putLayer, type RealLayer, realLayer } from "./real_layer.ts";

/** A float graph with the names of the original. */
export interface Student {
  /** The original with the real values of integer weights and biases. */
  graph: CoreGraph;
  /** How int8 stores activations, by name; others are float32. */
  quantizations: Map<string, Quantization>;
  /** By the names of the nodes with integer weights. */
  layers: Map<string, RealLayer>;
}

/** The student for a quantized graph whose layers have the shapes of the float graph's. */
export function studentOf(float: CoreGraph, quantized: CoreGraph): Student {
  const quantizations = new Map<string, Quantization>();
  const layers = new Map<string, RealLayer>();
  const tensors = new Map(float.tensors);
  const see = (name: string, stored: string | undefined) => {
    const { quantization, data } = quantized.tensors.get(stored ?? "") ?? {};
    if (quantization && !data) quantizations.set(name, quantization);
  };
  for (const name of float.inputs) see(name, `${name}/int8`);
  const nodes = float.nodes.map((node) => {
    see(node.output, `${node.output}/int8`);
    see(node.output, quantized.nodes.find(({ name }) => name === node.name)?.output);
    const layer = realLayer(float, quantized, node);
    if (!layer) return node;
    layers.set(node.name, layer);
    return putLayer(tensors, node, layer);
  });
  return { graph: { ...float, nodes, tensors }, quantizations, layers };
}
