/** Random graphs: simplifying changes no result, and nothing more when done again. */
import assert from "node:assert/strict";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { simplify } from "../../converters/simplify/mod.ts";
import type { TensorMap } from "../../runtime/format/model.ts";
import { toCore } from "../helpers/convert.ts";
import { runGraph } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { randomModel } from "../helpers/random_models.ts";
import { assertClose } from "../helpers/simplified.ts";

const ROUNDS = 300;

/** A random graph before simplification. */
function randomGraph(seed: number): Promise<CoreGraph> {
  const random = new Random(seed);
  return toCore(randomModel(random, random.int(1, 12)));
}

function randomInput(seed: number, graph: CoreGraph): TensorMap {
  const random = new Random(seed + 1e6);
  return Object.fromEntries(graph.inputs.map((name) => {
    const size = graph.tensors.get(name)!.shape!.reduce((a, b) => a * b, 1);
    return [name, Float32Array.from({ length: size }, () => random.next() * 2 - 1)];
  }));
}

Deno.test("simplified graphs give the results of the originals", async () => {
  let removed = 0;
  for (let seed = 0; seed < ROUNDS; seed++) {
    const graph = await randomGraph(seed);
    const simple = simplify(graph);
    assert.deepEqual([simple.inputs, simple.outputs], [graph.inputs, graph.outputs]);
    const inputs = randomInput(seed, graph);
    assertClose(await runGraph(simple, inputs), await runGraph(graph, inputs), `seed ${seed}`);
    removed += graph.nodes.length - simple.nodes.length;
  }
  assert.ok(removed > ROUNDS, `only ${removed} operators removed`);
});

Deno.test("simplifying twice is simplifying once", async () => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const once = simplify(await randomGraph(seed));
    assert.deepEqual(simplify(once), once, `seed ${seed}`);
  }
});

Deno.test("simplifying leaves its input as it was, and always does the same", async () => {
  for (let seed = 0; seed < ROUNDS; seed += 3) {
    const graph = await randomGraph(seed);
    const copy = await randomGraph(seed);
    const simple = simplify(graph);
    assert.deepEqual(graph, copy, `seed ${seed}`);
    assert.deepEqual(simplify(copy), simple, `seed ${seed}`);
  }
});

Deno.test("nodes and tensors of a simplified graph have names of their own", async () => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const { nodes, tensors, inputs } = simplify(await randomGraph(seed));
    const names = nodes.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, `seed ${seed}: ${names}`);
    const made = nodes.map(({ output }) => output);
    assert.equal(new Set(made).size, made.length, `seed ${seed}`);
    const known = new Set(inputs);
    for (const node of nodes) {
      for (const name of node.inputs) {
        assert.ok(known.has(name) || tensors.get(name)?.data, `seed ${seed}: ${name} comes late`);
      }
      known.add(node.output);
    }
  }
});
