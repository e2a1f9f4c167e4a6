/** No channel ever leaves its range, whatever the input. */
import assert from "node:assert/strict";
import { ChannelRanges } from "../../converters/channels/ranges.ts";
import { quantize } from "../../converters/compress/mod.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { sizeOf } from "../../converters/graph/graph.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import { rangesOf, readBack } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { randomNetwork } from "../helpers/random_networks.ts";
import { graphOf, int8, node, noise } from "../helpers/small_models.ts";

async function assertInside(graph: CoreGraph, x: Float32Array, what: string): Promise<number> {
  const model = await readBack(graph);
  const ranges = new ChannelRanges(graph);
  let reached = 0;
  runReference(model, { x }, (index, bytes) => {
    const { name, dtype, shape } = model.tensors[model.operators[index].output];
    const { low, high } = ranges.of(name);
    const values = dtype === "int8"
      ? new Int8Array(bytes.slice().buffer)
      : new Float32Array(bytes.slice().buffer);
    values.forEach((value, i) => {
      const c = i % shape[shape.length - 1];
      assert.ok(
        value >= low[c] && value <= high[c],
        `${what}: ${name} ${low[c]}…${high[c]} ${value}`,
      );
      if (value === low[c] || value === high[c]) reached++;
    });
  });
  return reached;
}

Deno.test("values of random networks lie in their ranges, in float and in integers", async () => {
  let reached = 0;
  for (let seed = 500; seed < 650; seed++) {
    const float = randomNetwork(new Random(seed), 9);
    const x = noise(sizeOf(float.tensors.get("x")!.shape!), seed);
    await assertInside(float, x, `seed ${seed}`);
    const { graph } = quantize(float, await rangesOf(float, [{ x }]), {
      recipe: completeRecipe({}),
    });
    const extreme = x.map((value) => Math.sign(value) * 1e3);
    for (const input of [x, extreme]) reached += await assertInside(graph, input, `seed ${seed}`);
  }
  assert.ok(reached > 1000, "ranges are not just wide");
});

Deno.test("by hand: 2·(x − 1) + 10, times 0.5, for x in −3…5", () => {
  const one = { scale: 1, zeroPoint: 0 };
  const graph = graphOf(
    [
      node("Table", ["x", "t"], "u"),
      node("FullyConnected", ["u", "w", "b"], "y", { factor: 0.5, min: -128, max: 127 }),
    ],
    [
      int8("x", [1, 1], 1, 1),
      {
        ...{ name: "t", dtype: "int8", shape: [256] },
        data: Int8Array.from({ length: 256 }, (_, i) => Math.min(5, Math.max(-3, i - 128))),
      },
      int8("u", [1, 1], 1, 1),
      { name: "w", dtype: "int8", shape: [1, 1], data: Int8Array.of(2), quantization: one },
      { name: "b", dtype: "int32", shape: [1], data: Int32Array.of(10) },
      int8("y", [1, 1], 1, -7),
    ],
    ["y"],
  );
  const { low, high } = new ChannelRanges(graph).of("y");
  // 0.5 · (2·(−4) + 10) − 7 and 0.5 · (2·4 + 10) − 7.
  assert.deepEqual([low[0], high[0]], [-6, 2]);
});
