/**
 * Models put together of layers that were each quantized in some way.
 * @module
 */
import { fromFloat16 } from "../../runtime/format/float16.ts";
import { codedBytes } from "../coding/mod.ts";
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";

/**
 * The first graph with some nodes as they are in others. All graphs come from one float graph and
 * have the same ranges of activations, so that nodes differ in their constants and factors only.
 * @param picked by node name, the graph to take it from.
 */
export function compose(base: CoreGraph, picked: ReadonlyMap<string, CoreGraph>): CoreGraph {
  const tensors = new Map(base.tensors);
  const numbers = new Map([...new Set(picked.values())].map((graph, i) => [graph, i]));
  const nodes = base.nodes.map((node) => {
    const graph = picked.get(node.name);
    if (!graph || graph === base) return node;
    const other = graph.nodes.find(({ name }) => name === node.name)!;
    const inputs = other.inputs.map((name) => {
      const tensor = graph.tensors.get(name)!;
      if (!tensor.data) return name;
      const own = `${name}@${numbers.get(graph)}`;
      tensors.set(own, { ...tensor, name: own });
      return own;
    });
    return { ...other, inputs };
  });
  return { ...base, nodes, tensors };
}

/** The integer weights of a node, or null. */
export function integerWeights(graph: CoreGraph, node: CoreNode): Tensor | null {
  const tensor = graph.tensors.get(node.inputs[1] ?? "");
  return tensor?.data instanceof Int8Array && tensor.quantization?.channelScales ? tensor : null;
}

/** Bytes that a node's weights take in the file; 0 where it has none. */
export function weightBytes(graph: CoreGraph, node: CoreNode): number {
  const { data, shape, encoding } = graph.tensors.get(node.inputs[1] ?? "") ?? {};
  if (!data) return 0;
  if (data instanceof Int8Array) return codedBytes(data, shape!);
  return encoding === "float16" ? data.byteLength / 2 : data.byteLength;
}

/** Σ (w − ŵ)² / Σ w² of a node's integer weights ŵ for the float ones w; 0 where it has none. */
export function weightError(float: Float32Array, graph: CoreGraph, node: CoreNode): number {
  const tensor = integerWeights(graph, node);
  if (!tensor) return 0;
  const { scale, channelScales, axis } = tensor.quantization!;
  const inner = tensor.shape!.slice(axis! + 1).reduce((a, b) => a * b, 1);
  const steps = Float64Array.from(channelScales!, (half) => scale * fromFloat16(half));
  let [noise, signal] = [0, 0];
  for (let i = 0; i < float.length; i++) {
    const step = steps[Math.floor(i / inner) % steps.length];
    noise += (float[i] - step * Number(tensor.data![i])) ** 2;
    signal += float[i] ** 2;
  }
  return signal ? noise / signal : 0;
}
