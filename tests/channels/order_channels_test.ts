/** Channels in another order: similar ones side by side, the same results bit for bit. */
import assert from "node:assert/strict";
import { orderChannels } from "../../converters/channels/mod.ts";
import { shortestPath } from "../../converters/channels/shortest_path.ts";
import { quantize, quantizeWeightsOnly } from "../../converters/compress/mod.ts";
import { sizeOf } from "../../converters/graph/graph.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { rangesOf, readBack, runGraph } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { randomNetwork } from "../helpers/random_networks.ts";
import { graphOf, int8, node, noise } from "../helpers/small_models.ts";

Deno.test("by hand: rows that are alike stand side by side, and what follows goes along", () => {
  const quantized = (name: string, shape: number[], values: number[]) => ({
    ...int8(name, shape, 1, 0),
    data: Int8Array.from(values),
  });
  const bounds = { factor: Math.fround(0.1), min: -128, max: 127 };
  const graph = graphOf(
    [
      node("FullyConnected", ["x", "a", "b"], "h", bounds),
      node("FullyConnected", ["h", "c"], "y", bounds),
    ],
    [
      int8("x", [1, 2], 1, 0),
      quantized("a", [4, 2], [5, 1, -5, 0, 4, 1, -5, -1]),
      { name: "b", dtype: "int32", shape: [4], data: Int32Array.of(0, 1, 2, 3) },
      int8("h", [1, 4], 1, 0),
      quantized("c", [2, 4], [0, 1, 2, 3, 4, 5, 6, 7]),
      int8("y", [1, 2], 1, 0),
    ],
    ["y"],
  );
  const { graph: done, kept } = orderChannels(graph);
  const order = kept.get("h")!;
  assert.deepEqual([...kept.keys()], ["h"]);
  assert.ok(Math.abs(order.indexOf(0) - order.indexOf(2)) === 1, String(order));
  const data = (at: number, input: number) =>
    Array.from(done.tensors.get(done.nodes[at].inputs[input])!.data!, Number);
  assert.deepEqual(data(0, 2), order);
  assert.deepEqual(data(1, 1), [...order, ...order.map((c) => c + 4)]);
});

Deno.test("integer networks give the same bits", async () => {
  let moved = 0;
  for (let seed = 0; seed < 300; seed++) {
    const float = randomNetwork(new Random(seed), 9);
    const shape = float.tensors.get("x")!.shape!;
    const x = noise(sizeOf(shape), seed);
    const ranges = await rangesOf(float, [{ x }]);
    const { graph } = quantize(float, ranges, { recipe: completeRecipe({}) });
    for (const { dtype, shape, data } of graph.tensors.values()) {
      // Zeros might stand in a pattern.
      if (dtype === "int8" && shape!.length > 1) data?.forEach((v, i) => data[i] = v || 1);
    }
    const copy = structuredClone(graph);
    const { graph: done, kept } = orderChannels(graph);
    assert.deepEqual(graph, copy, `seed ${seed}: its input changed`);
    await readBack(done);
    assert.deepEqual(await runGraph(done, { x }), await runGraph(graph, { x }), `seed ${seed}`);
    for (const stay of kept.values()) {
      assert.deepEqual(stay.toSorted((a, b) => a - b), [...stay.keys()], "no permutation");
      moved += Number(stay.some((c, k) => c !== k));
    }
  }
  assert.ok(moved > 100, `${moved} tensors changed`);
});

Deno.test("channels of float sums stay where they are", () => {
  for (let seed = 0; seed < 50; seed++) {
    const float = randomNetwork(new Random(seed), 9);
    const { graph } = quantizeWeightsOnly(float, { recipe: completeRecipe({}) });
    assert.equal(orderChannels(graph).kept.size, 0);
  }
});

Deno.test("a path through points on a line is as long as the line", () => {
  const points = [7, 1, 9, 3, 0, 4, 8, 2];
  const path = shortestPath(points.map((a) => Float64Array.from(points, (b) => Math.abs(a - b))));
  const found = path.map((k) => points[k]);
  assert.equal(Math.abs(found[0] - found[7]), 9, String(found));
  assert.deepEqual(found[0] ? found.reverse() : found, points.toSorted((a, b) => a - b));
});
