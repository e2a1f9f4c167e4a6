/**
 * Moves Reshapes behind elementwise operators, where they meet their opposites and no longer stand
 * between an operator and its activation.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import { BINARY } from "./push_transposes.ts";
import type { Pass, Rewriter } from "./rewriter.ts";

/** op(reshape(x), c) = reshape(op(x, c')): c' has its dimensions where x has those of its own. */
export const pushReshapes: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op !== "Unary" && !BINARY.has(node.op)) continue;
    const to = rewriter.shape(node.output);
    const from = commonShape(rewriter, node, to);
    if (!from || !node.inputs.every((name) => fits(rewriter, name, from, to))) continue;
    const { output } = node;
    node.inputs = node.inputs.map((name) =>
      rewriter.constant(name)
        ? reshaped(rewriter, name, from, to)
        : rewriter.producer(name)!.inputs[0]
    );
    node.output = rewriter.activation(output, from);
    rewriter.insertAfter(node, {
      name: rewriter.nodeName(`${node.name}/Reshape`),
      op: "Reshape",
      inputs: [node.output],
      output,
      params: {},
      list: [],
    });
    return true;
  }
  return false;
};

/** The shape that all activations are reshaped `to` the output's shape from, or null. */
function commonShape(
  rewriter: Rewriter,
  { inputs }: CoreNode,
  to: readonly number[],
): number[] | null {
  let from: number[] | null = null;
  for (const name of inputs) {
    if (rewriter.constant(name)) continue;
    const maker = rewriter.producer(name);
    if (maker?.op !== "Reshape" || rewriter.shape(name).join() !== to.join()) return null;
    const shape = rewriter.shape(maker.inputs[0]);
    if (from && from.join() !== shape.join()) return null;
    from = shape;
  }
  return from;
}

const large = (shape: readonly number[]) => shape.filter((dim) => dim > 1);

/** Whether an operand can be brought into the shape before the Reshape. */
function fits(
  rewriter: Rewriter,
  name: string,
  from: readonly number[],
  to: readonly number[],
): boolean {
  const data = rewriter.constant(name);
  if (!data || data.length === 1) return true;
  // Only dimensions of size 1 come and go, so that every other one has its counterpart.
  return large(from).join() === large(to).join();
}

/** A constant that broadcasts to `to`, as one that broadcasts to `from`. */
function reshaped(
  rewriter: Rewriter,
  name: string,
  from: readonly number[],
  to: readonly number[],
): string {
  const data = rewriter.constant(name)!;
  const given = rewriter.shape(name);
  if (data.length === 1) {
    return given.length <= from.length ? name : rewriter.addConstant(name, [], data);
  }
  const dims = to.flatMap((dim, axis) =>
    dim > 1 ? [given[axis - to.length + given.length] ?? 1] : []
  );
  const shape = from.map((dim) => dim > 1 ? dims.shift()! : 1);
  return rewriter.addConstant(name, shape, data);
}
