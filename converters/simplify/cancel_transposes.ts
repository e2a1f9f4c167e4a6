/**
 * Merges neighbouring Transposes and removes those that move nothing.
 * @module
 */
import type { Pass } from "./rewriter.ts";

/** Transpose of Transpose is one; one that moves only dimensions of size 1 is a Reshape. */
export const cancelTransposes: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op !== "Transpose") continue;
    if (node.list.every((axis, i) => axis === i) && rewriter.bypass(node)) return true;
    const shape = rewriter.shape(node.inputs[0]);
    const moved = node.list.filter((axis) => shape[axis] > 1);
    if (moved.every((axis, i) => i === 0 || moved[i - 1] < axis)) {
      Object.assign(node, { op: "Reshape", list: [] });
      return true;
    }
    const before = rewriter.producer(node.inputs[0]);
    if (before?.op === "Transpose") {
      node.inputs = [...before.inputs];
      node.list = node.list.map((axis) => before.list[axis]);
      return true;
    }
    const source = before?.op === "Reshape" ? before.inputs[0] : null;
    if (source && asReshapedTranspose(rewriter.shape(source), shape)) {
      // Reshape moved only dimensions of size 1: do the same to the perm instead.
      const from = rewriter.shape(source);
      const map = asReshapedTranspose(from, shape)!;
      node.inputs = [source];
      node.list = node.list.map((axis) => map[axis]);
      return true;
    }
  }
  return false;
};

/** A perm that turns `from` into `to`, where they differ only by where the ones stand; else null. */
function asReshapedTranspose(from: readonly number[], to: readonly number[]): number[] | null {
  if (from.length !== to.length || from.join() === to.join()) return null;
  const large = (shape: readonly number[]) => shape.filter((dim) => dim > 1).join();
  if (large(from) !== large(to)) return null;
  const axes = (one: boolean) => from.flatMap((dim, axis) => (dim === 1) === one ? [axis] : []);
  const [ones, others] = [axes(true), axes(false)];
  return to.map((dim) => (dim === 1 ? ones : others).shift()!);
}
