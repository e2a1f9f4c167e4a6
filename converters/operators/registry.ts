/**
 * Finds the operator of a node.
 * @module
 */
import type { SourceNode } from "../graph/graph.ts";
import { operators } from "./list.ts";
import type { Operator } from "./operator.ts";

const byName: ReadonlyMap<string, Operator> = new Map(
  operators.flatMap((operator) => operator.names.map((name) => [name, operator] as const)),
);

/** The operator of a node, or null when kedge does not know it. */
export function findOperator(node: SourceNode): Operator | null {
  return node.domain === "" ? byName.get(node.op) ?? null : null;
}
