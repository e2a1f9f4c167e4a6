/** SparseGPT behind layers that are pruned already. */
import assert from "node:assert/strict";
import { pruneWeights } from "../../converters/compress/mod.ts";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { readPruning } from "../../converters/recipe/mod.ts";
import { pruneInOrder } from "../../converters/stages/prune_in_order.ts";
import { collectStatistics } from "../../converters/stages/statistics.ts";
import { float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";

const RELU = { ...OPEN, min: 0 };

/** Three dense layers. */
function network(seed: number): CoreGraph {
  return graphOf(
    [
      node("FullyConnected", ["x", "w1"], "h", RELU),
      node("FullyConnected", ["h", "w2"], "i", RELU),
      node("FullyConnected", ["i", "w3"], "y", OPEN),
    ],
    [
      float32("x", [8, 12]),
      float32("w1", [16, 12], noise(192, seed)),
      float32("h", [8, 16]),
      float32("w2", [16, 16], noise(256, seed + 1)),
      float32("i", [8, 16]),
      float32("w3", [8, 16], noise(128, seed + 2)),
      float32("y", [8, 8]),
    ],
    ["y"],
  );
}

Deno.test("for the inputs behind pruned layers it errs less, with as many zeros", async () => {
  const dataset: Dataset = {
    ...{ count: 64, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => Promise.resolve([noise(96, 50 + i)]),
  };
  const indices = Array.from({ length: 64 }, (_, i) => i);
  const samples = { evaluation: null, calibration: { dataset, indices }, split: null };
  const [errors, zeros] = [[0, 0], [0, 0]];
  for (const seed of [1, 11, 21, 31]) {
    const dense = network(seed);
    const plans = new Map(dense.nodes.map(({ name }) => [name, readPruning("sparsegpt:0.5")!]));
    const statistics = await collectStatistics(dense, dataset, indices, 0, () => {});
    const moments = new Map([...statistics].map(([name, { fit }]) => [name, fit]));
    const { graph: once } = pruneWeights(dense, { plans, scope: "layer", norm: "l2", moments });
    const again = await pruneInOrder(dense, once, plans, samples, 0);
    for (const [i, graph] of [once, again].entries()) {
      for (const { inputs: [, w] } of graph.nodes) {
        zeros[i] += Array.from(graph.tensors.get(w)!.data!, Number).filter((v) => v === 0).length;
      }
      for (let k = 0; k < 20; k++) {
        const x = noise(96, 700 + k);
        const [wanted, got] = [await runGraph(dense, { x }), await runGraph(graph, { x })];
        wanted.y.forEach((value, o) => errors[i] += (value - got.y[o]) ** 2);
      }
    }
  }
  assert.equal(zeros[0], zeros[1]);
  assert.ok(errors[1] < 0.95 * errors[0], errors.join());
});
