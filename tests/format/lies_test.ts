/** Files that are whole but say what cannot be: each lie is refused by the name of its field. */
import assert from "node:assert/strict";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { pack, type PackMeta } from "../../converters/pack/mod.ts";
import { type Plan, planMemory } from "../../converters/plan/mod.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { graphOf, int8, NO_META, node, pictureGraph } from "../helpers/small_models.ts";

/** Packs a graph that was changed, with a plan and other parts that were changed. */
interface Lie {
  graph: CoreGraph;
  plan: Plan;
  meta: PackMeta;
}

const PIXELS: Preprocess = {
  ...{ color: "rgb", resize: null, scale: 1, mean: [0], std: [1], layout: "NHWC" },
};
const GOLDEN = {
  inputs: [new Uint8Array(128)],
  outputs: [new Uint8Array(48)],
  hashes: new Uint32Array(3),
};

async function packLie(graph: CoreGraph, change: (lie: Lie) => void) {
  const lie = { graph, plan: planMemory(graph), meta: structuredClone(NO_META) };
  change(lie);
  return await pack(lie.graph, lie.plan, lie.meta);
}

async function assertRefused(graph: CoreGraph, change: (lie: Lie) => void, field: string) {
  const bytes = await packLie(graph, change);
  assert.throws(() => readModel(bytes), (error) => {
    assert(error instanceof KedgeError, String(error));
    assert.equal(error.data.code, "model/corrupt");
    assert.equal(error.data.where?.tensor, field);
    return true;
  });
}

/** A graph of one operator with the inputs and the output as given. */
function single(
  op: Parameters<typeof node>[0],
  shapes: number[][],
  params: Record<string, number> = {},
  list: number[] = [],
): CoreGraph {
  const names = shapes.map((_, i) => i < shapes.length - 1 ? `x${i}` : "y");
  const tensors = shapes.map((shape, i) => ({ name: names[i], dtype: "float32" as const, shape }));
  return graphOf([node(op, names.slice(0, -1), "y", params, list)], tensors, ["y"]);
}

const tensor = ({ graph }: Lie, name: string) => graph.tensors.get(name)!;
const params = ({ graph }: Lie, at: number) => graph.nodes[at].params;

/** Lies about the picture model: what changes, and the field that is named. */
const PICTURE_LIES: [string, (lie: Lie) => void, string][] = [
  ["a zero point of a float tensor", (lie) => {
    tensor(lie, "x").quantization = { scale: 1, zeroPoint: 3 };
  }, 'tensor "x".zero_point'],
  ["a zero point of channel-scaled weights", (lie) => {
    tensor(lie, "w").quantization!.zeroPoint = 1;
  }, 'tensor "w".zero_point'],
  ["channel scales of the wrong axis", (lie) => {
    tensor(lie, "w").quantization!.axis = 1;
  }, 'tensor "w".channel_scales'],
  ["one channel scale too few", (lie) => {
    tensor(lie, "w").quantization!.channelScales = new Uint16Array(2);
  }, 'tensor "w".channel_scales'],
  ["an infinite channel scale", (lie) => {
    tensor(lie, "w").quantization!.channelScales!.fill(0x7c00);
  }, 'tensor "w".channel_scales'],
  ["a negative channel scale", (lie) => {
    tensor(lie, "w").quantization!.channelScales!.fill(0x8001);
  }, 'tensor "w".channel_scales'],
  ...[0, -1, Infinity, NaN].map((scale): [string, (lie: Lie) => void, string] => [
    `a scale of ${scale}`,
    (lie) => tensor(lie, "q").quantization!.scale = scale,
    'tensor "q".scale',
  ]),
  ["fewer weights than its shape", (lie) => {
    tensor(lie, "w").data = new Int8Array(23);
  }, 'tensor "w".place'],
  ["a dimension of 0", (lie) => tensor(lie, "x").shape = [1, 0, 4, 2], 'tensor "x".shape'],
  ["seven dimensions", (lie) => tensor(lie, "x").shape = [1, 1, 1, 1, 4, 4, 2], 'tensor "x".shape'],
  ["2³² elements", (lie) => tensor(lie, "x").shape = [2 ** 16, 2 ** 16], 'tensor "x".shape'],
  ["an int32 activation", (lie) => tensor(lie, "x").dtype = "int32", 'tensor "x".dtype'],
  ["a place behind the arena", (lie) => lie.plan.offsets.set("y", 1 << 20), 'tensor "y".place'],
  ["a place that is not aligned", (lie) => lie.plan.offsets.set("q", 4), 'tensor "q".place'],
  ["an arena that is too small", (lie) => lie.plan.arenaBytes -= 16, 'tensor "q".place'],
  ["an arena larger than its tensors", (lie) => lie.plan.arenaBytes += 16, "arena_bytes"],
  ["an arena over the limit", (lie) => lie.plan.arenaBytes = 2 ** 30 + 16, "arena_bytes"],
  ["an output over its input", (lie) => {
    lie.plan.offsets.set("y", lie.plan.offsets.get("c")!);
  }, 'operator "AveragePool2D y".output'],
  ["an operator before its producer", (lie) => {
    lie.graph.nodes.reverse();
  }, 'operator "AveragePool2D y".inputs'],
  ["an operator twice", (lie) => {
    lie.graph.nodes.unshift(lie.graph.nodes[0]);
  }, 'operator "Quantize q".output'],
  ["a constant as an input", (lie) => lie.graph.inputs.push("w"), "inputs"],
  ["no inputs", (lie) => lie.graph.inputs = [], "inputs"],
  ["no outputs", (lie) => lie.graph.outputs = [], "outputs"],
  ["a constant as an operator's output", (lie) => {
    lie.graph.nodes[0].output = "w";
  }, 'operator "Quantize q".output'],
  ["no weights", (lie) => lie.graph.nodes[1].inputs = ["q"], 'operator "Conv2D c".inputs'],
  ["a constant picture", (lie) => {
    const q = tensor(lie, "q");
    q.data = new Int8Array(32);
    lie.graph.nodes.shift();
    lie.graph.nodes.push(node("Unary", ["x"], "z", { kind: 0, alpha: 0, beta: 0 }));
    lie.graph.tensors.set("z", { name: "z", dtype: "float32", shape: [1, 4, 4, 2] });
    lie.plan = planMemory(lie.graph);
  }, 'operator "Conv2D c".Conv2D'],
  ["weights that are computed", (lie) => {
    const { shape, quantization } = tensor(lie, "w");
    lie.graph.tensors.set("w", { ...int8("w", shape!, 1, 0), quantization });
    lie.graph.inputs.push("w");
    lie.plan = planMemory(lie.graph);
  }, 'operator "Conv2D c".Conv2D'],
  ...[0, 3, -1].map((groups): [string, (lie: Lie) => void, string] => [
    `${groups} groups`,
    (lie) => params(lie, 1).groups = groups,
    'operator "Conv2D c".Conv2D',
  ]),
  ...["strideH", "dilationW", "padTop"].map((key): [string, (lie: Lie) => void, string] => [
    `${key} −1`,
    (lie) => params(lie, 1)[key] = -1,
    'operator "Conv2D c".Conv2D',
  ]),
  ["a stride of 0", (lie) => params(lie, 1).strideW = 0, 'operator "Conv2D c".Conv2D'],
  ["padding of 2³⁰", (lie) => params(lie, 1).padTop = 2 ** 30, 'operator "Conv2D c".Conv2D'],
  ["a factor of 0", (lie) => params(lie, 1).factor = 0, 'operator "Conv2D c".Conv2D'],
  ["a pool's factor below 0", (lie) => {
    params(lie, 2).factor = -1;
  }, 'operator "AveragePool2D y".AveragePool2D'],
  ["a pool window outside of the picture", (lie) => {
    Object.assign(params(lie, 2), { padTop: 2, kernelH: 2 });
  }, 'operator "AveragePool2D y".AveragePool2D'],
  [
    "a factor that is no number",
    (lie) => params(lie, 0).factor = NaN,
    'operator "Quantize q".floats',
  ],
  ["bounds that are no integers", (lie) => params(lie, 1).min = 0.5, 'operator "Conv2D c".min'],
  ["bounds beyond int8", (lie) => params(lie, 1).max = 128, 'operator "Conv2D c".min'],
  ["a minimum above the maximum", (lie) => params(lie, 1).min = 127.5, 'operator "Conv2D c".min'],
  ["an int8 golden output of a float one", (lie) => {
    lie.meta.golden = [{ ...GOLDEN, outputs: [new Uint8Array(12)] }];
  }, "golden[0].outputs[0]"],
  ["a golden input too many", (lie) => {
    lie.meta.golden = [GOLDEN, { ...GOLDEN, inputs: [new Uint8Array(32), new Uint8Array(32)] }];
  }, "golden[1].inputs"],
  ["a golden input that is too short", (lie) => {
    lie.meta.golden = [{ ...GOLDEN, inputs: [new Uint8Array(31)] }];
  }, "golden[0].inputs[0]"],
  ["a golden hash too few", (lie) => {
    lie.meta.golden = [{ ...GOLDEN, hashes: new Uint32Array(2) }];
  }, "golden[0].hashes"],
  ...([
    ["std", { std: [1, 0, 1] }],
    ["std", { std: [] }],
    ["mean", { mean: [1, 2] }],
    ["mean", { mean: [NaN] }],
    ["scale", { scale: Infinity }],
    ["resize", { resize: [0, 4] }],
    ["resize", { resize: [4, 65536] }],
  ] as [string, Partial<Preprocess>][]).map(
    ([key, fields]): [string, (lie: Lie) => void, string] => [
      `preprocessing with ${JSON.stringify(fields)}`,
      (lie) => lie.meta.preprocess = { ...PIXELS, ...fields },
      `preprocess.${key}`,
    ],
  ),
];

for (const [title, change, field] of PICTURE_LIES) {
  Deno.test(`${title} is refused`, () => assertRefused(pictureGraph(), change, field));
}

/** Operators whose shapes, lists or kinds do not go together. */
const SINGLE_LIES: [string, CoreGraph][] = [
  ["Add of 3 and 4", single("Add", [[3], [4], [4]], { factorA: 1, factorB: 1, min: -1, max: 1 })],
  ["Add into a larger shape", single("Mul", [[1, 4], [4], [2, 4]], { factor: 1, min: -1, max: 1 })],
  ["MatMul of other depths", single("MatMul", [[2, 3], [4, 2], [2, 2]])],
  ["MatMul of vectors", single("MatMul", [[3], [3], [1]])],
  ["Concat along axis 2", single("Concat", [[2, 2], [2, 2], [2, 4]], { axis: 2 })],
  ["Concat of ranks 2 and 1", single("Concat", [[2, 2], [2], [2, 3]], { axis: 1 })],
  ["Concat of other rows", single("Concat", [[2, 2], [3, 2], [2, 4]], { axis: 1 })],
  ["Slice behind the end", single("Slice", [[5], [3]], {}, [1, 2])],
  ["Slice before the start", single("Slice", [[5], [3]], {}, [1, -1])],
  ["Slice without steps", single("Slice", [[5], [3]], {}, [1])],
  ["Pad before the start", single("Pad", [[3], [5]], { value: 0 }, [-1])],
  ["Pad behind the end", single("Pad", [[3], [5]], { value: 0 }, [3])],
  ["Reshape to another size", single("Reshape", [[6], [2, 2]])],
  ["Transpose with an axis twice", single("Transpose", [[2, 2], [2, 2]], {}, [0, 0])],
  ["Transpose to the shape before", single("Transpose", [[2, 3], [2, 3]], {}, [1, 0])],
  ["Reduce over axis 2", single("Reduce", [[2, 3], [2]], { kind: 0 }, [2])],
  ["Reduce over an axis twice", single("Reduce", [[2, 3], [2]], { kind: 0 }, [1, 1])],
  ["Reduce to another shape", single("Reduce", [[2, 3], [3]], { kind: 0 }, [1])],
  ["Softmax of a scalar", single("Softmax", [[], []], { log: 0 })],
  ["Unary to another shape", single("Unary", [[2, 3], [3, 2]], { kind: 0, alpha: 0, beta: 0 })],
  ["Dequantize of float32", single("Dequantize", [[2], [2]])],
];

for (const [title, graph] of SINGLE_LIES) {
  Deno.test(`${title} is refused`, async () => {
    const [{ name, op }] = graph.nodes;
    await assertRefused(graph, () => {}, `operator "${name}".${op}`);
  });
}
