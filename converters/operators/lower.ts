/**
 * A graph in ONNX operators to one in the runtime's.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { CoreGraph, SourceGraph } from "../graph/graph.ts";
import { CoreBuilder, Lowering } from "./lowering.ts";
import { findOperator } from "./registry.ts";

/**
 * Writes every node in the runtime's operators, literally: NCHW operators stand between Transposes,
 * batch normalization is Mul and Add. Simplifying is another's task.
 * @param graph as `inferShapes` gives it.
 * @throws KedgeError `model/unsupported` for an operator that cannot be lowered.
 */
export function lower(graph: SourceGraph): CoreGraph {
  const builder = new CoreBuilder(graph);
  for (const node of graph.nodes) {
    const operator = findOperator(node);
    if (!operator?.lower) {
      throw new KedgeError({
        code: "model/unsupported",
        message: `Lowering ${node.op} "${node.name}": it cannot run on kedge's runtime`,
        where: { node: node.name, op: node.op },
        got: node.op,
        wanted: "an operator that kedge supports",
        hint: "replace the operator in the model and export it again",
      });
    }
    const lowering = new Lowering(node, builder);
    operator.lower(lowering);
    lowering.nameNodes();
  }
  for (const name of graph.outputs) builder.output(name);
  return builder.graph;
}
