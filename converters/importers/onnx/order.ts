/**
 * Puts nodes into running order.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import type { SourceNode } from "../../graph/graph.ts";

/**
 * The nodes in an order in which each stands behind its producers; the given order where it already
 * is one (Kahn's algorithm).
 * @throws KedgeError `model/cycle` when there is none.
 */
export function sortNodes(
  nodes: readonly SourceNode[],
  file: string,
): SourceNode[] {
  const producer = new Map<string, number>();
  nodes.forEach((node, i) => node.outputs.forEach((name) => name && producer.set(name, i)));
  const consumers = nodes.map((): number[] => []);
  const waiting = nodes.map((node, i) => {
    const from = new Set<number>();
    for (const name of node.inputs) {
      const before = producer.get(name);
      if (before !== undefined) from.add(before);
    }
    for (const before of from) consumers[before].push(i);
    return from.size;
  });
  if (inOrder(nodes, producer)) return [...nodes];

  const ready = nodes.flatMap((_, i) => waiting[i] === 0 ? [i] : []);
  const sorted: SourceNode[] = [];
  for (let next = 0; next < ready.length; next++) {
    const i = ready[next];
    sorted.push(nodes[i]);
    for (const consumer of consumers[i]) {
      if (--waiting[consumer] === 0) ready.push(consumer);
    }
  }
  if (sorted.length === nodes.length) return sorted;
  const stuck = nodes.filter((_, i) => waiting[i] > 0);
  throw new KedgeError({
    code: "model/cycle",
    message: `Ordering the nodes of "${file}": they form a cycle`,
    where: { file, node: stuck[0].name, op: stuck[0].op },
    got: `a cycle through or before ${stuck.slice(0, 8).map(({ name }) => `"${name}"`).join(", ")}`,
    wanted: "a graph without cycles",
    hint: "the model is damaged or was edited wrongly; export it again",
  });
}

function inOrder(
  nodes: readonly SourceNode[],
  producer: ReadonlyMap<string, number>,
): boolean {
  return nodes.every((node, i) => node.inputs.every((name) => (producer.get(name) ?? -1) < i));
}
