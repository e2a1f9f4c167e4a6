/** Models of one operator, packed and read back like any other. */
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import type { CoreGraph, CoreNode, Tensor } from "../../converters/graph/graph.ts";

/** An operator with its tensors; constants have data. */
export interface OperatorCase {
  name: string;
  node: Omit<CoreNode, "name" | "inputs" | "output">;
  inputs: Tensor[];
  output: Tensor;
}

/** Bytes of a .kedge file whose only operator is the case's, fed and read as float32 or int8. */
export function packCase(
  { name, node, inputs, output }: OperatorCase,
): Promise<Uint8Array> {
  const graph: CoreGraph = {
    name,
    nodes: [{
      ...node,
      name: "tested",
      inputs: inputs.map((t) => t.name),
      output: output.name,
    }],
    tensors: new Map(
      [...inputs, output].map((tensor) => [tensor.name, tensor]),
    ),
    inputs: inputs.filter(({ data }) => !data).map((tensor) => tensor.name),
    outputs: [output.name],
  };
  const provenance = { name, sha256: "", kedge: "", recipe: "" };
  return pack(graph, planMemory(graph), {
    preprocess: null,
    labels: [],
    golden: [],
    provenance,
  });
}
