/** The memory plan: replayed byte by byte on random graphs, then run. */
import assert from "node:assert/strict";
import type { CoreGraph, Tensor } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { activationBytes, type Plan, planMemory } from "../../converters/plan/plan_memory.ts";
import { createEngine } from "../../runtime/engine/engine.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import { Random } from "../helpers/random.ts";
import { randomGraph } from "../helpers/random_graph.ts";
import { graphOf, NO_META, node, noise } from "../helpers/small_models.ts";

const GRAPHS = 600;
/** Operators that read each element before they write it, so that they may write over an input. */
const IN_PLACE = ["Reshape", "Unary", "Table", "Add", "Mul"];

function eachGraph(check: (graph: CoreGraph, seed: number) => void) {
  for (let seed = 0; seed < GRAPHS; seed++) {
    const graph = randomGraph(new Random(seed), 24);
    try {
      check(graph, seed);
    } catch (cause) {
      const ops = graph.nodes.map(({ op, inputs, output }) => `${output}=${op}(${inputs})`);
      throw new Error(`seed ${seed}: ${ops.join(" ")} → ${graph.outputs}: ${cause}`, { cause });
    }
  }
}

/** Plays the graph with the name of what was written in every byte of the arena. */
function replay(graph: CoreGraph, { offsets, arenaBytes }: Plan) {
  const arena = new Array<string | null>(arenaBytes).fill(null);
  const value = new Map<string, string>();
  const range = (name: string) => {
    const start = offsets.get(name);
    assert(start !== undefined, `${name} has no place`);
    assert.equal(start % 16, 0, `${name} is not aligned`);
    const end = start + activationBytes(graph, name);
    assert(start >= 0 && end <= arenaBytes, `${name} is outside of the arena`);
    return [start, end];
  };
  const write = (name: string, as: string) => {
    arena.fill(as, ...range(name));
    value.set(name, as);
  };
  const assertThere = (name: string, when: string) => {
    const [start, end] = range(name);
    const there = arena.slice(start, end).every((byte) => byte === value.get(name));
    assert(there, `${name} is overwritten ${when}`);
  };
  graph.inputs.forEach((name) => write(name, name));
  for (const { op, inputs, output } of graph.nodes) {
    const activations = inputs.filter((name) => !graph.tensors.get(name)!.data);
    activations.forEach((name) => assertThere(name, `before ${output}`));
    const [start, end] = range(output);
    const shared = activations.filter((name) => {
      const [from, to] = range(name);
      return from < end && start < to;
    });
    for (const name of shared) {
      assert(IN_PLACE.includes(op), `${op} ${output} lies over its input ${name}`);
      assert.deepEqual(range(name), [start, end], `${output} lies partly over ${name}`);
      assert.equal(graph.tensors.get(name)!.dtype, graph.tensors.get(output)!.dtype);
    }
    write(output, op === "Reshape" && shared.length ? value.get(inputs[0])! : output);
  }
  graph.outputs.forEach((name) => assertThere(name, "at the end"));
}

const activationsOf = ({ tensors }: CoreGraph) =>
  [...tensors.values()].filter(({ data }) => !data).map(({ name }) => name);

Deno.test("nothing is overwritten that is still needed", () => {
  eachGraph((graph) => replay(graph, planMemory(graph)));
});

Deno.test("every activation has a place and no constant has", () => {
  eachGraph((graph) => {
    assert.deepEqual([...planMemory(graph).offsets.keys()].sort(), activationsOf(graph).sort());
  });
});

Deno.test("the arena ends with its last tensor and is never worse than one place for each", () => {
  eachGraph((graph) => {
    const { offsets, arenaBytes } = planMemory(graph);
    const bytes = activationsOf(graph).map((name) => activationBytes(graph, name));
    const padded = bytes.reduce((sum, size) => sum + Math.ceil(size / 16) * 16, 0);
    assert(arenaBytes <= padded, `${arenaBytes} bytes, ${padded} without sharing`);
    const ends = [...offsets].map(([name, at]) => at + activationBytes(graph, name));
    assert.equal(arenaBytes, Math.ceil(Math.max(...ends) / 16) * 16);
  });
});

Deno.test("the same graph has the same plan, and stays as it is", () => {
  eachGraph((graph) => {
    const before = structuredClone(graph);
    const plan = planMemory(graph);
    assert.deepEqual(graph, before);
    assert.deepEqual([...planMemory(before).offsets], [...plan.offsets]);
    assert.equal(planMemory(before).arenaBytes, plan.arenaBytes);
  });
});

Deno.test("the reader takes every plan, and what runs in one arena gives the reference's bits", async () => {
  const kernels = await WebAssembly.compile(fromBase64(SIMD));
  for (let seed = 0; seed < GRAPHS; seed++) {
    const graph = randomGraph(new Random(seed), 24);
    const model = readModel(await pack(graph, planMemory(graph), NO_META));
    const inputs = Object.fromEntries(model.inputs.map((i) => {
      const { name, size } = model.tensors[i];
      return [name, noise(size, seed + i)];
    }));
    const wanted = runReference(model, inputs);
    const engine = createEngine(model, { steps, kernels, relaxed: false });
    assert.deepEqual(engine.run(inputs), wanted, `seed ${seed}`);
    assert.deepEqual(engine.run(inputs), wanted, `seed ${seed}, the second time`);
  }
});

/** Arena bytes of a graph of [op, inputs, output] over float32 tensors of 4 values (16 bytes). */
function arenaOf(lines: string, outputs = "y"): number {
  const nodes = lines.split(",").map((line) => {
    const [op, inputs, output] = line.trim().split(" ");
    return node(op as "Unary", inputs.split("+"), output);
  });
  const names = new Set(nodes.flatMap(({ inputs, output }) => [...inputs, output]));
  const tensors = [...names].map((name): Tensor => ({ name, dtype: "float32", shape: [4] }));
  return planMemory(graphOf(nodes, tensors, outputs.split("+"))).arenaBytes;
}

/** Worked by hand: how many tensors are alive at once, in places of 16 bytes. */
const WORKED: [string, number, string?][] = [
  ["Unary x y", 1],
  ["Unary x a, Unary a b, Unary b y", 1],
  ["Transpose x y", 2],
  ["Transpose x a, Transpose a b, Transpose b y", 2],
  ["Unary x a, Add a+x y", 2],
  ["Transpose x a, Transpose a b, Add b+x y", 3],
  ["Reshape x a, Reshape a b, Reshape x y", 1],
  ["Reshape x a, Reshape x y", 1, "a+x+y"],
  ["Reshape x a, Unary a y", 2, "x+y"],
  ["Reshape x a, Unary a y", 1],
  ["Softmax x a, Softmax x b, Softmax x c, Softmax a y", 3, "y"],
  ["Unary x y", 2, "x+y"],
  ["Add x+z y", 2],
  ["Maximum x+z y", 3],
];

for (const [lines, places, outputs] of WORKED) {
  Deno.test(`${lines} → ${outputs ?? "y"} takes ${places} places`, () => {
    assert.equal(arenaOf(lines, outputs), places * 16);
  });
}
