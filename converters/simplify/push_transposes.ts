/**
 * Moves Transposes behind the operators that take them, until they meet their opposites or an
 * output.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import type { Pass, Rewriter } from "./rewriter.ts";

/** Operators on two operands that broadcast. */
export const BINARY: ReadonlySet<string> = new Set([
  "Add",
  "Mul",
  "Div",
  "Maximum",
  "Minimum",
  "Pow",
]);

/**
 * op(transpose(x)) = transpose(op(x)), with the operator's axes and constants permuted back. Another
 * operand may stay as it is where its transpose is the same values in another shape, as a channel's
 * scale [1,C,1,1].
 */
export const pushTransposes: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    const perm = commonPerm(rewriter, node);
    if (perm && push(rewriter, node, perm)) return true;
  }
  return false;
};

/** The perm that the node's activations are transposed by, or could be without moving data; or null. */
function commonPerm(rewriter: Rewriter, { inputs }: CoreNode): readonly number[] | null {
  const activations = inputs.filter((name) => !rewriter.constant(name));
  const perms = activations.flatMap((name) => {
    const maker = rewriter.producer(name);
    return maker?.op === "Transpose" ? [maker.list] : [];
  });
  const perm = perms[0];
  if (!perm || perms.some((other) => other.join() !== perm.join())) return null;
  const fits = activations.every((name) =>
    rewriter.producer(name)?.op === "Transpose" || isReshaped(rewriter.shape(name), perm)
  );
  return fits ? perm : null;
}

/** `shape` with leading ones up to `rank`. */
function padded(shape: readonly number[], rank: number): number[] {
  return [...new Array<number>(Math.max(rank - shape.length, 0)).fill(1), ...shape];
}

/** Whether a tensor of this shape is the transpose of its own values in another shape. */
function isReshaped(shape: readonly number[], perm: readonly number[]): boolean {
  if (shape.length > perm.length) return false;
  const full = padded(shape, perm.length);
  const moved = perm.filter((_, i) => full[i] > 1);
  return moved.every((axis, i) => i === 0 || moved[i - 1] < axis);
}

function push(rewriter: Rewriter, node: CoreNode, perm: readonly number[]): boolean {
  const rank = perm.length;
  const back = (values: readonly number[]) => {
    const out = new Array<number>(rank);
    perm.forEach((axis, i) => out[axis] = values[i]);
    return out;
  };
  const { op, list, output } = node;
  const shape = rewriter.shape(output);
  if (shape.length !== rank) {
    return op === "Reduce" && pushDroppingReduce(rewriter, node, perm);
  }
  const edit: Partial<CoreNode> = {};
  if (op === "Concat") edit.params = { ...node.params, axis: perm[node.params.axis] };
  else if (op === "Pad") edit.list = back(list);
  else if (op === "Slice") edit.list = [...back(list.slice(0, rank)), ...back(list.slice(rank))];
  else if (op === "Reduce") edit.list = list.map((axis) => perm[axis]).sort((a, b) => a - b);
  else if (op === "Softmax") {
    if (perm[rank - 1] !== rank - 1) return false;
  } else if (op !== "Unary" && !BINARY.has(op)) return false;
  if (node.inputs.some((name) => rewriter.shape(name).length > rank)) return false;
  node.inputs = node.inputs.map((name) => {
    if (rewriter.constant(name)) return permuted(rewriter, name, perm);
    const maker = rewriter.producer(name);
    return maker?.op === "Transpose"
      ? maker.inputs[0]
      : reshaped(rewriter, node, name, back(padded(rewriter.shape(name), rank)));
  });
  Object.assign(node, edit);
  node.output = rewriter.activation(output, back(shape));
  rewriter.insertAfter(node, {
    name: rewriter.nodeName(`${node.name}/Transpose`),
    op: "Transpose",
    inputs: [node.output],
    output,
    params: {},
    list: [...perm],
  });
  return true;
}

/** The same values in another shape, by a Reshape before the node that takes them. */
function reshaped(
  rewriter: Rewriter,
  node: CoreNode,
  name: string,
  shape: readonly number[],
): string {
  const output = rewriter.activation(name, shape);
  rewriter.insertBefore(node, {
    name: rewriter.nodeName(`${node.name}/Reshape`),
    op: "Reshape",
    inputs: [name],
    output,
    params: {},
    list: [],
  });
  return output;
}

/** Reduce that drops its axes, where the rest keeps its order. */
function pushDroppingReduce(
  rewriter: Rewriter,
  node: CoreNode,
  perm: readonly number[],
): boolean {
  const dropped = new Set(node.list);
  const kept = perm.filter((_, i) => !dropped.has(i));
  if (!kept.every((axis, i) => i === 0 || kept[i - 1] < axis)) return false;
  node.inputs = [rewriter.producer(node.inputs[0])!.inputs[0]];
  node.list = node.list.map((axis) => perm[axis]).sort((a, b) => a - b);
  return true;
}

/** A constant operand in the order before the transpose; missing leading dimensions are 1. */
function permuted(rewriter: Rewriter, name: string, perm: readonly number[]): string {
  const data = rewriter.constant(name)!;
  const given = rewriter.shape(name);
  if (data.length === 1) return name;
  const full = [...new Array<number>(perm.length - given.length).fill(1), ...given];
  const shape = new Array<number>(perm.length);
  perm.forEach((axis, i) => shape[axis] = full[i]);
  const stride = new Array<number>(perm.length);
  full.reduceRight((step, dim, i) => (stride[i] = step, step * dim), 1);
  const strides = new Array<number>(perm.length);
  perm.forEach((axis, i) => strides[axis] = stride[i]);
  const out = new Float32Array(data.length);
  const index = shape.map(() => 0);
  for (let to = 0, from = 0; to < out.length; to++) {
    out[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return rewriter.addConstant(name, shape, out);
}
