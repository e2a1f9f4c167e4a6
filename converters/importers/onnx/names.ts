/**
 * Checks that every name in a graph is given once, and that every name in use is given.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import type { SourceGraph } from "../../graph/graph.ts";

/**
 * Notes a name that an input, initializer or node gives.
 * @throws KedgeError `model/duplicate` when it is given already.
 */
export function claim(
  given: Map<string, string>,
  name: string,
  by: string,
  file: string,
): void {
  const before = given.get(name);
  if (before !== undefined) {
    throw new KedgeError({
      code: "model/duplicate",
      message: `Reading the ONNX model "${file}": the name "${name}" is given twice`,
      where: { file, tensor: name },
      got: `"${name}" from ${before} and from ${by}`,
      wanted: "each tensor name once",
      hint: "the model is damaged or was edited wrongly; export it again",
    });
  }
  given.set(name, by);
}

/**
 * Checks that all inputs of nodes and all outputs of the graph are given by something.
 * @throws KedgeError `model/missing-initializer` or `model/missing-output`.
 */
export function checkUses(
  graph: SourceGraph,
  given: ReadonlyMap<string, string>,
  file: string,
): void {
  for (const { name: node, op, inputs } of graph.nodes) {
    for (const name of inputs) {
      if (name === "" || given.has(name)) continue;
      throw new KedgeError({
        code: "model/missing-initializer",
        message: `Reading node "${node}": no node, input or initializer gives its input "${name}"`,
        where: { file, node, op, tensor: name },
        got: `no tensor "${name}"`,
        wanted: "an initializer, a graph input or a node's output",
        hint: "the model is damaged, or its weights were exported to another file",
      });
    }
  }
  for (const name of graph.outputs) {
    if (given.has(name)) continue;
    throw new KedgeError({
      code: "model/missing-output",
      message: `Reading the ONNX model "${file}": nothing gives its output "${name}"`,
      where: { file, tensor: name },
      got: `no tensor "${name}"`,
      wanted: "a node's output, a graph input or an initializer",
      hint: "the model is damaged or was edited wrongly; export it again",
    });
  }
}
