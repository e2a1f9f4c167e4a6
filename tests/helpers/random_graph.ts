/** Random graphs in the runtime's operators: branches, joins, dead ends, several shapes of a value. */
import {
  type CoreGraph,
  type CoreNode,
  sizeOf,
  type Tensor,
} from "../../converters/graph/graph.ts";
import type { Random } from "./random.ts";
import { int8, node } from "./small_models.ts";

/** Sizes with many equal products, so that places can be shared. */
const SHAPES = [[2, 3, 4], [4, 6], [24], [1, 5], [5], [1, 1, 1, 7], [40]];

/** Makes a node with its output; null where the picked tensors do not suit it. */
type Maker = (context: Context) => [CoreNode, Tensor] | null;

interface Context {
  random: Random;
  /** A tensor that is there already. */
  pick(dtype: "float32" | "int8"): Tensor | null;
  name: string;
}

const float = (name: string, shape: number[]): Tensor => ({ name, dtype: "float32", shape });
const like = (name: string, { shape, dtype, quantization }: Tensor): Tensor => ({
  ...{ name, shape: shape!, dtype },
  ...(quantization && { quantization }),
});

const unary: Maker = ({ random, pick, name }) => {
  const x = pick("float32");
  const params = { kind: random.pick([0, 11, 12]), alpha: 0, beta: 0 };
  return x && [node("Unary", [x.name], name, params), float(name, x.shape!)];
};

/** Of two equal shapes, of a tensor with itself, or with a number stretched over it. */
const binary: Maker = ({ random, pick, name }) => {
  const [a, b] = [pick("float32"), pick("float32")];
  if (!a || !b) return null;
  const stretches = sizeOf(b.shape!) === 1 && b.shape!.length <= a.shape!.length;
  const fits = stretches || String(a.shape) === String(b.shape);
  const inputs = [a.name, fits ? b.name : a.name];
  const bounds = { min: -Infinity, max: Infinity };
  const made = random.pick([
    () => node("Add", inputs, name, { factorA: 1, factorB: -1, ...bounds }),
    () => node("Mul", inputs, name, { factor: 1, ...bounds }),
    () => node("Maximum", inputs, name),
  ])();
  return [made, float(name, a.shape!)];
};

const reshape: Maker = ({ random, pick, name }) => {
  const x = pick(random.pick(["float32", "int8"]));
  if (!x) return null;
  const shapes = SHAPES.filter((shape) => sizeOf(shape) === sizeOf(x.shape!));
  const shape = random.pick([...shapes, x.shape!]);
  return [node("Reshape", [x.name], name), { ...like(name, x), shape }];
};

const transpose: Maker = ({ random, pick, name }) => {
  const x = pick(random.pick(["float32", "int8"]));
  if (!x) return null;
  const axes = x.shape!.map((_, axis) => axis).reverse();
  const shape = axes.map((axis) => x.shape![axis]);
  return [node("Transpose", [x.name], name, {}, axes), { ...like(name, x), shape }];
};

const concat: Maker = ({ pick, name }) => {
  const x = pick("float32");
  const [first, ...rest] = x?.shape ?? [];
  return x && first < 9
    ? [node("Concat", [x.name, x.name], name, { axis: 0 }), float(name, [first * 2, ...rest])]
    : null;
};

const reduce: Maker = ({ pick, name }) => {
  const x = pick("float32");
  const list = x?.shape?.map((_, axis) => axis) ?? [];
  return x && [node("Reduce", [x.name], name, { kind: 2 }, list), float(name, list.map(() => 1))];
};

const quantize: Maker = ({ pick, name }) => {
  const x = pick("float32");
  const bounds = { min: -128, max: 127 };
  return x &&
    [node("Quantize", [x.name], name, { factor: 8, ...bounds }), int8(name, x.shape!, 0.125, 0)];
};

const dequantize: Maker = ({ pick, name }) => {
  const x = pick("int8");
  return x && [node("Dequantize", [x.name], name), float(name, x.shape!)];
};

const table: Maker = ({ pick, name }) => {
  const x = pick("int8");
  return x && [node("Table", [x.name, "table"], name), like(name, x)];
};

const MAKERS = [unary, unary, binary, binary, reshape, reshape, transpose, concat]
  .concat([reduce, quantize, dequantize, table]);

/** A graph of up to `most` operators. All shapes fit, so it can be packed and run. */
export function randomGraph(random: Random, most: number): CoreGraph {
  const data = Int8Array.from({ length: 256 }, (_, i) => 127 - i);
  const tensors = new Map<string, Tensor>([
    ["table", { name: "table", dtype: "int8", shape: [256], data }],
  ]);
  const activations = () => [...tensors.values()].filter((tensor) => !tensor.data);
  const graph: CoreGraph = { name: "random", nodes: [], tensors, inputs: [], outputs: [] };
  for (let i = random.int(1, 3); i > 0; i--) {
    const name = `in${i}`;
    tensors.set(name, float(name, random.pick(SHAPES)));
    graph.inputs.push(name);
  }
  const pick: Context["pick"] = (dtype) => {
    const possible = activations().filter((tensor) => tensor.dtype === dtype);
    // Mostly the latest, which makes long chains with some branches.
    const recent = random.next() < 0.6 ? possible.slice(-2) : possible;
    return recent.length ? random.pick(recent) : null;
  };
  for (let i = random.int(1, most); i > 0; i--) {
    const made = random.pick(MAKERS)({ random, pick, name: `t${i}` });
    if (!made) continue;
    graph.nodes.push(made[0]);
    tensors.set(made[1].name, made[1]);
  }
  const names = activations().map(({ name }) => name);
  graph.outputs = [...new Set([names[names.length - 1], random.pick(names), random.pick(names)])];
  const used = new Set(graph.nodes.flatMap(({ inputs, output }) => [...inputs, output]));
  if (!used.has("table")) tensors.delete("table");
  return graph;
}
