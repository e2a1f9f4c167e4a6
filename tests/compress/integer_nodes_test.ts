/** Which nodes compute in integers. */
import assert from "node:assert/strict";
import { decideIntegers } from "../../converters/compress/integer_nodes.ts";
import type { CoreGraph, CoreNode } from "../../converters/graph/graph.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { float32 } from "../helpers/float_graphs.ts";
import { graphOf, node } from "../helpers/small_models.ts";

/** A chain of operators x0 → x1 → …; weights are constant. */
function chain(...ops: CoreNode["op"][]): CoreGraph {
  const nodes = ops.map((op, i) => {
    const weights = op === "FullyConnected" || op === "Conv2D" ? ["w"] : [];
    return node(op, [`x${i}`, ...weights], `x${i + 1}`);
  });
  const tensors = Array.from({ length: ops.length + 1 }, (_, i) => float32(`x${i}`, [1, 1]));
  return graphOf(nodes, [...tensors, float32("w", [1, 1], [1])], [`x${ops.length}`]);
}

const CASES: [CoreNode["op"][], string][] = [
  [["FullyConnected"], "i"],
  [["FullyConnected", "Softmax"], "if"],
  [["Reshape", "FullyConnected"], "ii"],
  [["FullyConnected", "Reshape"], "if"],
  [["FullyConnected", "Unary", "FullyConnected"], "iii"],
  [["FullyConnected", "Unary", "Softmax"], "iff"],
  [["FullyConnected", "Transpose", "Reduce", "Pad", "AveragePool2D"], "iffii"],
  [["Softmax", "Unary", "Reshape"], "fff"],
  [["MaxPool2D"], "i"],
  [["Div", "FullyConnected"], "fi"],
];

for (const [ops, wanted] of CASES) {
  Deno.test(`${ops.join(" → ")} is ${wanted} (integer or float)`, () => {
    const graph = chain(...ops);
    const { integer, reasons } = decideIntegers(graph, completeRecipe({}));
    const got = graph.nodes.map(({ name }) => integer.has(name) ? "i" : "f").join("");
    assert.equal(got, wanted);
    for (const { name } of graph.nodes) assert.notEqual(integer.has(name), reasons.has(name));
  });
}

Deno.test("reasons say why", () => {
  const graph = chain("FullyConnected", "Unary", "Softmax", "FullyConnected");
  const { reasons } = decideIntegers(graph, completeRecipe({ keepFloat: ["FullyConnected x4"] }));
  assert.deepEqual(Object.fromEntries(reasons), {
    "FullyConnected x4": "kept in float by the recipe",
    "Softmax x3": "Softmax has no integer form",
    "Unary x2": "all that follows is float",
  });
});

Deno.test("weights that are computed have no integer form", () => {
  const graph = chain("FullyConnected");
  graph.tensors.set("w", float32("w", [1, 1]));
  const { reasons } = decideIntegers(graph, completeRecipe({}));
  assert.deepEqual([...reasons.values()], ["FullyConnected has no integer form"]);
});

Deno.test("tensors that nobody takes as int8", () => {
  const { floatOnly } = decideIntegers(
    chain("FullyConnected", "FullyConnected"),
    completeRecipe({}),
  );
  assert.deepEqual([...floatOnly], ["x2"]);
});
