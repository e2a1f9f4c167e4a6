/** What simplification does to a graph. */
import assert from "node:assert/strict";
import type { CoreGraph, CoreNode } from "../../converters/graph/graph.ts";
import { simplify } from "../../converters/simplify/mod.ts";
import type { TensorMap } from "../../runtime/format/model.ts";
import { toCore } from "./convert.ts";
import { runGraph } from "./float_graphs.ts";
import { type ModelParts, onnxModel } from "./onnx_builder.ts";
import { Random } from "./random.ts";
import { SIMPLIFIED } from "./tolerances.ts";

/** Two sets of results that differ by nothing but the rounding of folded constants. */
export function assertClose(got: TensorMap, wanted: TensorMap, what: string): void {
  assert.deepEqual(Object.keys(got), Object.keys(wanted), what);
  for (const [name, values] of Object.entries(wanted)) {
    assert.equal(got[name].length, values.length, what);
    const range = Math.max(1, ...Array.from(values, Math.abs));
    for (let i = 0; i < values.length; i++) {
      const near = Math.abs(got[name][i] - values[i]) <= SIMPLIFIED * range;
      assert.ok(near, `${what}: ${name}[${i}] is ${got[name][i]}, wanted ${values[i]}`);
    }
  }
}

/** A model before and after simplification. */
export interface Simplified {
  /** Operators as they were lowered. */
  before: string[];
  /** Operators that are left. */
  after: string[];
  graph: CoreGraph;
}

/** Lowers and simplifies a model, and checks on random inputs that its results stay. */
export async function simplified(parts: ModelParts): Promise<Simplified> {
  const lowered = await toCore(onnxModel(parts));
  const graph = simplify(lowered);
  const random = new Random(1);
  const inputs = Object.fromEntries(lowered.inputs.map((name) => {
    const size = lowered.tensors.get(name)!.shape!.reduce((a, b) => a * b, 1);
    return [name, Float32Array.from({ length: size }, () => random.next() * 4 - 2)];
  }));
  assertClose(await runGraph(graph, inputs), await runGraph(lowered, inputs), "simplified");
  return { before: operatorsOf(lowered), after: operatorsOf(graph), graph };
}

/** The operators of a graph in order. */
function operatorsOf({ nodes }: CoreGraph): string[] {
  return nodes.map(({ op }) => op);
}

/** The only node of a graph that has this operator. */
export function only({ nodes }: CoreGraph, op: CoreNode["op"]): CoreNode {
  const found = nodes.filter((node) => node.op === op);
  assert.equal(found.length, 1, `${found.length} nodes are ${op}`);
  return found[0];
}

/** Values of a node's input `index`, a constant. */
export function constantOf(graph: CoreGraph, node: CoreNode, index: number): number[] {
  const { data } = graph.tensors.get(node.inputs[index])!;
  assert.ok(data, `input ${index} of ${node.name} is no constant`);
  return Array.from<number | bigint, number>(data, Number);
}
