/**
 * Decides which nodes compute in integers and which tensors are wanted as float32.
 * @module
 */
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { type Recipe, recipeFor } from "../recipe/mod.ts";
import { largestBias } from "./accumulator_bound.ts";
import { weightsOf } from "./weighted.ts";

/** Operators that only move values, in whatever type they are given. */
export const MOVES: ReadonlySet<string> = new Set(
  ["Reshape", "Transpose", "Slice", "Pad", "Concat"],
);
const POOLS: ReadonlySet<string> = new Set(["MaxPool2D", "AveragePool2D"]);
const ELEMENTWISE: ReadonlySet<string> = new Set(["Add", "Mul", "Unary"]);

/** What was decided. */
export interface Decision {
  /** Names of the nodes that compute in integers. */
  integer: Set<string>;
  /** Names of tensors that nobody takes as int8. */
  floatOnly: Set<string>;
  /** Why the others stay float, by node name. */
  reasons: Map<string, string>;
}

/**
 * Goes from the outputs back. Operators with weights and pools are integer; elementwise operators
 * and moves are, unless all that follows them is float.
 */
export function decideIntegers(graph: CoreGraph, recipe: Recipe): Decision {
  const integer = new Set<string>();
  const reasons = new Map<string, string>();
  const wanted = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    const reason = whyFloat(graph, node, recipe, wanted.has(node.output));
    if (reason !== null) {
      reasons.set(node.name, reason);
      continue;
    }
    integer.add(node.name);
    node.inputs.forEach((name) => wanted.add(name));
  }
  const floatOnly = new Set([...graph.tensors.keys()].filter((name) => !wanted.has(name)));
  return { integer, floatOnly, reasons };
}

/** Why a node stays float, or null where it is integer. */
function whyFloat(
  graph: CoreGraph,
  node: CoreNode,
  recipe: Recipe,
  taken: boolean,
): string | null {
  const { op, name } = node;
  if (recipeFor(recipe, name).activations === "float32") return "kept in float by the recipe";
  const weights = weightsOf(graph, node);
  if (weights && largestBias(weights.depth) === null) {
    return `${weights.depth} products are more than an int32 sum has room for`;
  }
  if (weights || POOLS.has(op)) return null;
  if (MOVES.has(op) || ELEMENTWISE.has(op)) {
    return taken ? null : "all that follows is float";
  }
  return `${op} has no integer form`;
}
