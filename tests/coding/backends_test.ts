/** A convolution with weights of every kind, in every coder's form, runs alike on all backends. */
import assert from "node:assert/strict";
import { CODERS } from "../../converters/coding/mod.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { graphOf, int8, NO_META, node, noise } from "../helpers/small_models.ts";
import { WEIGHTS, type Weights } from "../helpers/weights.ts";

/** Quantize, a convolution or dense layer with these weights, float32 out. */
function graphWith({ values, shape }: Weights) {
  const dense = shape.length === 2;
  const [outputs, height, width, depth] = dense ? [shape[0], 1, 1, shape[1]] : shape;
  const lines = Math.max(4, height);
  const input = dense ? [1, depth] : [1, lines, 4, depth];
  const output = dense ? [1, outputs] : [1, lines + 1 - height, 5 - width, outputs];
  const bounds = { min: -Infinity, max: Infinity };
  return graphOf(
    [
      node("Quantize", ["x"], "q", { factor: 64, min: -128, max: 127 }),
      dense
        ? node("FullyConnected", ["q", "w"], "y", { factor: Math.fround(0.01), ...bounds })
        : node("Conv2D", ["q", "w"], "y", { factor: Math.fround(0.01), ...bounds }),
    ],
    [
      { name: "x", dtype: "float32", shape: input },
      int8("q", input, 1 / 64, 3),
      { ...int8("w", shape, 0.5, 0), data: values },
      { name: "y", dtype: "float32", shape: output },
    ],
    ["y"],
  );
}

const FITTING = Object.entries(WEIGHTS).filter(([, { shape }]) =>
  shape.length === 4 || shape.length === 2
);

for (const coder of CODERS) {
  Deno.test(`${coder}: ${FITTING.length} kinds of weights run alike on all backends`, async () => {
    for (const [name, weights] of FITTING) {
      const graph = graphWith(weights);
      const packed = await pack(graph, planMemory(graph), { ...NO_META, coder });
      const { data } = readModel(packed).tensors.find(({ name }) => name === "w")!;
      assert.deepEqual(new Int8Array(data!), weights.values, name);
      const inputs = { x: noise(graph.tensors.get("x")!.shape!.reduce((a, b) => a * b, 1), 5) };
      const wanted = await REFERENCE.run(packed, inputs);
      for (const backend of BACKENDS) {
        assert.deepEqual(await backend.run(packed, inputs), wanted, `${name} on ${backend.name}`);
      }
    }
  });
}
