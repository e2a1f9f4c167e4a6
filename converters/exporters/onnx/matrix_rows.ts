/**
 * Brings every FullyConnected to rows [N, K], which is all that Gemm takes.
 * @module
 */
import type { CoreGraph, CoreNode, Tensor } from "../../graph/graph.ts";

/** FullyConnected over x[…, K] becomes Reshape, FullyConnected, Reshape where x has other ranks. */
export function matrixRows(graph: CoreGraph): CoreGraph {
  const tensors = new Map(graph.tensors);
  const nodes = graph.nodes.flatMap((node): CoreNode[] => {
    const [x, ...constants] = node.inputs;
    const shape = tensors.get(x)?.shape;
    if (node.op !== "FullyConnected" || !shape || shape.length === 2) return [node];
    const rows = shape.slice(0, -1).reduce((product, dim) => product * dim, 1);
    const flat = (tensor: Tensor, suffix: string): string => {
      const name = `${node.output}/${suffix}`;
      tensors.set(name, { ...tensor, name, shape: [rows, tensor.shape!.at(-1)!] });
      return name;
    };
    const from = flat(tensors.get(x)!, "rows");
    const to = flat(tensors.get(node.output)!, "matrix");
    const reshape = (input: string, output: string): CoreNode => ({
      name: `${output}/Reshape`,
      op: "Reshape",
      inputs: [input],
      output,
      params: {},
      list: [],
    });
    return [
      reshape(x, from),
      { ...node, inputs: [from, ...constants], output: to },
      reshape(to, node.output),
    ];
  });
  return { ...graph, nodes, tensors };
}
