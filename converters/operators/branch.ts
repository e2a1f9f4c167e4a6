/**
 * If, whose condition is known: the nodes of the branch that is taken, in its place.
 * @module
 */
import type { SourceGraph, SourceNode, Tensor } from "../graph/graph.ts";
import type { NodeContext } from "./node_context.ts";

/**
 * The nodes of the branch that is taken, or null for other nodes. Names that the branch gives become
 * names of their own in `tensors`; what it takes from outside keeps its name.
 */
export function takenBranch(
  context: NodeContext,
  tensors: Map<string, Tensor>,
): SourceNode[] | null {
  const { node } = context;
  if (node.op !== "If" || node.domain !== "") return null;
  const condition = context.scalar(0, "condition");
  const which = condition ? "then_branch" : "else_branch";
  const branch = node.attributes[which];
  if (!isGraph(branch) || branch.outputs.length !== node.outputs.length) {
    return context.fail(`its ${which} does not fit`, "other outputs", `${node.outputs.length}`);
  }
  const names = new Map<string, string>();
  for (const [name, tensor] of branch.tensors) {
    let free = `${node.name}/${name}`;
    while (tensors.has(free)) free += "_";
    names.set(name, free);
    tensors.set(free, { ...tensor, name: free });
  }
  const renamed = (name: string) => names.get(name) ?? name;
  const nodes = branch.nodes.map((inner) => ({
    ...inner,
    name: `${node.name}/${inner.name}`,
    inputs: inner.inputs.map(renamed),
    outputs: inner.outputs.map(renamed),
    attributes: renameIn(inner.attributes, renamed),
  }));
  const passed = branch.outputs.map((name, i): SourceNode => ({
    name: `${node.name}/${i}`,
    op: "Identity",
    domain: "",
    inputs: [renamed(name)],
    outputs: [node.outputs[i]],
    attributes: {},
  }));
  return [...nodes, ...passed.filter(({ outputs: [name] }) => name !== "")];
}

function isGraph(value: unknown): value is SourceGraph {
  return typeof value === "object" && value !== null && "nodes" in value;
}

/** Graphs within take from the branch what has new names now. */
function renameIn(
  attributes: SourceNode["attributes"],
  renamed: (name: string) => string,
): SourceNode["attributes"] {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      isGraph(value) ? renameGraph(value, renamed) : value,
    ]),
  );
}

function renameGraph(graph: SourceGraph, renamed: (name: string) => string): SourceGraph {
  const outer = (name: string) => graph.tensors.has(name) ? name : renamed(name);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(outer),
      attributes: renameIn(node.attributes, outer),
    })),
    outputs: graph.outputs.map(outer),
  };
}
