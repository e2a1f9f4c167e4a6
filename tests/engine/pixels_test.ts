/** Runs on pixels give what runs on preprocessed pixels give, and the reference. */
import assert from "node:assert/strict";
import type { CoreGraph, CoreNode, Tensor } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { preprocess, run } from "../../runtime/engine/session.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import { load } from "../../runtime/hosts/load.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { Random } from "../helpers/random.ts";
import { graphOf, int8, NO_META, node } from "../helpers/small_models.ts";

const SPEC: Preprocess = {
  ...{ color: "rgb", resize: null, scale: 1, mean: [0], std: [1], layout: "NHWC" },
};
const [HEIGHT, WIDTH] = [5, 7];
const SUM = { factorA: 1, factorB: 0.5, min: -Infinity, max: Infinity };

/** What can stand before the first layer, and how many of its operators pixels make needless. */
const BEGINNINGS: Record<
  string,
  { ops: CoreNode["op"][]; skipped: number; layout?: Preprocess["layout"] }
> = {
  "nothing": { ops: [], skipped: 0 },
  "Quantize": { ops: ["Quantize"], skipped: 1 },
  "Quantize, Transpose": { ops: ["Quantize", "Transpose"], skipped: 2, layout: "NCHW" },
  "Transpose, Quantize": { ops: ["Transpose", "Quantize"], skipped: 2, layout: "NCHW" },
  "Transpose": { ops: ["Transpose"], skipped: 1, layout: "NCHW" },
  "Reshape, Quantize": { ops: ["Reshape", "Quantize"], skipped: 2, layout: "NCHW" },
  "a Transpose of other axes": { ops: ["Transpose"], skipped: 0 },
};

/** A model of a beginning, then an Add of what comes out with itself. */
function modelOf(ops: readonly CoreNode["op"][], layout: string, depth: number): CoreGraph {
  let shape = layout === "NCHW" ? [1, depth, HEIGHT, WIDTH] : [1, HEIGHT, WIDTH, depth];
  const tensors: Tensor[] = [{ name: "x", dtype: "float32", shape }];
  const nodes: CoreNode[] = [];
  let quantization: Tensor["quantization"];
  for (const [i, op] of ops.entries()) {
    let list: number[] = [];
    if (op === "Transpose") shape = (list = [0, 2, 3, 1]).map((axis) => shape[axis]);
    if (op === "Reshape") shape = [1, shape.reduce((a, b) => a * b)];
    if (op === "Quantize") ({ quantization } = int8("", [], 0.7, -9));
    const name = `t${i}`;
    tensors.push({ name, dtype: quantization ? "int8" : "float32", shape, quantization });
    const params: Record<string, number> = op === "Quantize"
      ? { factor: Math.fround(1 / 0.7), min: -128, max: 127 }
      : {};
    nodes.push({ ...node(op, [tensors[i].name], name, {}, list), params });
  }
  const last = tensors[tensors.length - 1].name;
  tensors.push({ name: "y", dtype: quantization ? "int8" : "float32", shape, quantization });
  const limits = quantization ? { min: -128, max: 127 } : { min: -Infinity, max: Infinity };
  nodes.push({
    ...node("Add", [last, last], "y"),
    params: { factorA: 1, factorB: 0.5, ...limits },
  });
  return graphOf(nodes, tensors, ["y"]);
}

for (const [title, { ops, skipped, layout = "NHWC" }] of Object.entries(BEGINNINGS)) {
  Deno.test(`pixels before ${title}: the bits of preprocessed ones`, async () => {
    for (let seed = 0; seed < 24; seed++) {
      const random = new Random(seed);
      const color = random.pick(["rgb", "bgr", "gray"] as const);
      const three = () => [random.next(), random.next(), random.next()];
      const [mean, std] = color === "gray" || seed % 3 === 0
        ? [[random.next() * 2], [0.5 + random.next()]]
        : [three(), three().map((value) => value + 0.2)];
      const spec: Preprocess = {
        ...SPEC,
        color,
        layout,
        mean,
        std,
        scale: random.pick([1, 1 / 255]),
      };
      const graph = modelOf(ops, layout, color === "gray" ? 1 : 3);
      const packed = await pack(graph, planMemory(graph), { ...NO_META, preprocess: spec });
      const loaded = await load(packed);
      const channels = random.pick([1, 3, 4]);
      const size = HEIGHT * WIDTH * channels;
      const data = Uint8Array.from({ length: size }, () => random.int(0, 255));
      const image = { data, width: WIDTH, height: HEIGHT, channels };
      const { y: wanted } = await REFERENCE.run(packed, { x: preprocess(loaded, image) });
      const layers: number[] = [];
      const { y } = run(loaded, image, (index) => layers.push(index));
      assert.deepEqual(y, wanted, `seed ${seed}`);
      const plain = color !== "gray" || channels === 1;
      // With one channel, moving it changes nothing that the tables know of.
      if (plain && color !== "gray") assert.equal(ops.length + 1 - layers.length, skipped);
      // As platforms give it, and with nothing but the bytes.
      const clamped = new Uint8ClampedArray(data);
      assert.deepEqual(run(loaded, { data: clamped, width: WIDTH, height: HEIGHT }).y, wanted);
      assert.deepEqual(run(loaded, clamped).y, wanted);
      assert.deepEqual(run(loaded, data).y, wanted);
      assert.deepEqual(run(loaded, { ...image, data: [...data] }).y, wanted);
    }
  });
}

Deno.test("pixels that are to be resized are, by preprocessing", async () => {
  const graph = modelOf(["Quantize"], "NHWC", 3);
  const spec: Preprocess = { ...SPEC, resize: [HEIGHT, WIDTH] };
  const packed = await pack(graph, planMemory(graph), { ...NO_META, preprocess: spec });
  const loaded = await load(packed);
  const data = Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => i * 7);
  const image = { data, width: 4, height: 3 };
  const wanted = await REFERENCE.run(packed, { x: preprocess(loaded, image) });
  assert.deepEqual(run(loaded, image), wanted);
});

Deno.test("pixels that do not fit are refused, by name", async () => {
  const graph = modelOf(["Quantize"], "NHWC", 3);
  const plan = planMemory(graph);
  const without = await load(await pack(graph, plan, NO_META));
  const loaded = await load(await pack(graph, plan, { ...NO_META, preprocess: SPEC }));
  const data = new Uint8Array(HEIGHT * WIDTH * 3);
  const refused = (code: string) => (error: unknown) =>
    error instanceof KedgeError && error.data.code === code;
  const image = { data, width: WIDTH, height: HEIGHT };
  assert.throws(() => run(without, image), refused("data/preprocess"));
  assert.throws(() => preprocess(without, image), refused("data/preprocess"));
  const misfits = [
    { ...image, width: WIDTH + 1 },
    { ...image, data: data.subarray(1) },
    { ...image, height: NaN },
    { ...image, width: WIDTH * 3, channels: 1 },
    { ...image, data: new Uint8Array(HEIGHT * WIDTH * 2), channels: 2 },
  ];
  for (const misfit of misfits) assert.throws(() => run(loaded, misfit), refused("data/shape"));
  assert.throws(() => run(loaded, data.subarray(2)), refused("data/shape"));
  const pair = graphOf(
    [{ ...node("Add", ["x", "z"], "y"), params: SUM }],
    ["x", "z", "y"].map((name): Tensor => ({
      ...{ name, dtype: "float32", shape: [1, HEIGHT, WIDTH, 3] },
    })),
    ["y"],
  );
  const two = await load(
    await pack(pair, planMemory(pair), { ...NO_META, preprocess: SPEC }),
  );
  assert.throws(() => run(two, data), refused("data/shape"));
});

Deno.test("a model that gives its input back takes pixels by preprocessing", async () => {
  const x: Tensor = { name: "x", dtype: "float32", shape: [1, HEIGHT, WIDTH, 3] };
  const q = int8("q", x.shape!, 0.5, 3);
  const quantize = { ...node("Quantize", ["x"], "q"), params: { factor: 2, min: -128, max: 127 } };
  const graph = graphOf([quantize], [x, q], ["q", "x"]);
  const packed = await pack(graph, planMemory(graph), { ...NO_META, preprocess: SPEC });
  const loaded = await load(packed);
  const data = Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, i) => 255 - i);
  assert.deepEqual(run(loaded, data), await REFERENCE.run(packed, { x: Float32Array.from(data) }));
});
