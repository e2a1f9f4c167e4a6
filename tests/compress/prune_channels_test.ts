/** Channels taken out: which, what is left of the graph, and the closed form of the refit. */
import assert from "node:assert/strict";
import { ChannelGraph, removable, removeChannels } from "../../converters/channels/mod.ts";
import {
  channelImportance,
  chooseChannels,
  familiesOf,
  type Moments,
  outputError,
  refit,
  refitScorer,
} from "../../converters/compress/mod.ts";
import { columnLayout } from "../../converters/compress/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { sizeOf } from "../../converters/graph/graph.ts";
import { bundle } from "../../mod.ts";
import { denseGraph, float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { randomNetwork } from "../helpers/random_networks.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";
import { assertClose } from "../helpers/simplified.ts";
import { node, noise } from "../helpers/small_models.ts";
import { FLOAT64_SOLVE } from "../helpers/tolerances.ts";

function momentsOf(gram: number[], mean: number[]): Moments {
  const matrix = Float32Array.from(gram);
  const means = Float32Array.from(mean);
  return {
    ...{ blocks: 1, depth: mean.length, diagonal: false, count: 100, gram: matrix, cross: matrix },
    ...{ original: matrix, mean: means, originalMean: means },
  };
}

Deno.test("refit by hand: a copy of the channel that goes takes over its weight", () => {
  // x₁ = x₂ with mean 1 and variance 4; the second goes. λ = 0.04 holds W' to W: the slope is
  // (3·4 + 2·4 + 0.04·3) / 4.04, and the bias matches means: 0.5 + 3 + 2 − slope.
  const rows = { weights: Float64Array.of(3, 2), bias: Float64Array.of(0.5) };
  const moments = momentsOf([5, 5, 5, 5], [1, 1]);
  const { weights, bias } = refit(rows, moments, [true, false]);
  const slope = (3 * 4 + 2 * 4 + 0.04 * 3) / 4.04;
  assert.ok(Math.abs(weights[0] - slope) < FLOAT64_SOLVE, String(weights[0]));
  assert.equal(weights[1], 0);
  assert.ok(Math.abs(bias[0] - (5.5 - slope)) < FLOAT64_SOLVE, String(bias[0]));
  const plain = { weights: Float64Array.of(3, 0), bias: rows.bias };
  assert.ok(outputError(rows, { weights, bias }, moments)! < outputError(rows, plain, moments)!);
});

Deno.test("output error by hand: 2·E[x²] − …, with the biases", () => {
  // x ∈ {0, 2}, y = 3x + 1 against 2x + 1.5: errors −0.5 and 1.5, mean square 1.25.
  const old = { weights: Float64Array.of(3), bias: Float64Array.of(1) };
  const made = { weights: Float64Array.of(2), bias: Float64Array.of(1.5) };
  assert.equal(outputError(old, made, momentsOf([2], [1])), 1.25);
});

/** h of three channels into one output. */
function network(weights: number[]): CoreGraph {
  const graph = denseGraph(weights.map(() => [1]));
  graph.nodes.push(node("FullyConnected", ["y", "v"], "z", OPEN));
  graph.tensors.set("v", float32("v", [1, weights.length], weights));
  graph.tensors.set("z", float32("z", [1, 1]));
  graph.outputs = ["z"];
  return graph;
}

Deno.test("what a refit can make up for costs nothing: of two equal channels one goes", () => {
  // The largest weights are on channels 0 and 1, which are the same; 2 stands alone.
  const graph = network([3, 2, 1]);
  const channels = new ChannelGraph(graph);
  const moments = new Map([
    [graph.nodes[0].name, momentsOf([1], [0])],
    [graph.nodes[1].name, momentsOf([4, 4, 0, 4, 4, 0, 0, 0, 4], [0, 0, 0])],
  ]);
  const scorer = refitScorer(channels, moments);
  const [a, b, c] = channels.groups("y");
  assert.ok(scorer.score(a) < 0.05 && scorer.score(b) < 0.05 && scorer.score(c) > 0.05);
  scorer.remove(b);
  // Now the first has all of 5x: 25·4 beside (9 + 4 + 1)·4, less what damping leaves.
  assert.ok(scorer.score(a) > 1.7 && scorer.score(b) === 0, String(scorer.score(a)));
});

const SHARES = [
  // Rows (3, −1) and (0, 2): (3 + 1) / 2 and 2 / 2, or the roots of 10 / 2 and 4 / 2.
  ["weights", "l1", 2 / 3],
  ["weights", "l2", Math.sqrt(5) / (Math.sqrt(5) + Math.sqrt(2))],
  // E[h²] is 5 and 2.
  ["activity", "l2", 5 / 7],
  // v = (2, 1) and Var(h) is 5 − 1 and 2 − 1: 4·4 and 1·1.
  ["weighted", "l2", 16 / 17],
] as const;
for (const [importance, norm, wanted] of SHARES) {
  Deno.test(`importance by hand: ${importance}, ${norm}`, () => {
    const graph = network([2, 1]);
    const [first, second] = graph.nodes;
    graph.tensors.set("x", float32("x", [1, 2]));
    graph.tensors.set(first.inputs[1], float32(first.inputs[1], [2, 2], [3, -1, 0, 2]));
    const channels = new ChannelGraph(graph);
    const moments = new Map([
      [first.name, momentsOf([1, 0, 0, 1], [0, 0])],
      [second.name, momentsOf([5, 1, 1, 2], [1, 1])],
    ]);
    const scores = channelImportance(channels, importance, norm, moments);
    const [a, b] = Array.from(channels.groups("y"), (group) => scores.get(group)!);
    assert.ok(Math.abs(a - wanted) < FLOAT64_SOLVE, String(a));
    assert.ok(Math.abs(b - (1 - wanted)) < FLOAT64_SOLVE, String(b));
  });
}

Deno.test("a family of 40 live channels loses its share in steps of 8, dead ones besides", () => {
  const groups = Array.from({ length: 50 }, (_, i) => i);
  const scorer = { score: (group: number) => group < 10 ? 0 : group, remove: () => [] };
  const quotas = [{ family: { makers: ["a"], groups }, share: 0.3 }];
  const gone = chooseChannels(quotas, { scorer, costOf: () => 1, scope: "layer" });
  assert.deepEqual(gone.toSorted((a, b) => a - b), groups.slice(0, 18));
});

Deno.test("a small family is left alone where a step takes more than a third", () => {
  const groups = Array.from({ length: 8 }, (_, i) => i);
  const scorer = { score: () => 1, remove: () => [] };
  const quotas = [{ family: { makers: ["a"], groups }, share: 0.3 }];
  assert.deepEqual(chooseChannels(quotas, { scorer, costOf: () => 1, scope: "layer" }), []);
});

Deno.test("random networks without some channels compute what zeros in their place do", async () => {
  let removedAll = 0;
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(seed);
    const graph = randomNetwork(random, 8);
    const channels = new ChannelGraph(graph);
    const some = familiesOf(channels).flatMap(({ groups }) => groups)
      .filter(() => random.next() < 0.4);
    const removed = removable(channels, some);
    removedAll += removed.size;
    const { graph: cut, kept } = removeChannels(graph, channels, removed);
    const masked = structuredClone(graph);
    for (const one of masked.nodes) {
      const layout = columnLayout(masked, one);
      if (!layout || one.op === "DepthwiseConv2D") continue;
      const groups = channels.groups(one.inputs[0]);
      const inner = groups.length / layout.blocks;
      const w = masked.tensors.get(one.inputs[1])!;
      const data = w.data as Float32Array;
      const perBlock = data.length / layout.blocks;
      w.data = data.map((value, i) =>
        removed.has(groups[Math.floor(i / perBlock) * inner + i % inner]) ? 0 : value
      );
    }
    const x = noise(sizeOf(graph.tensors.get("x")!.shape!), seed);
    assertClose(await runGraph(cut, { x }), await runGraph(masked, { x }), `seed ${seed}`);
    for (const [name, stay] of kept) {
      assert.equal(cut.tensors.get(name)!.shape!.at(-1), stay.length);
    }
  }
  assert.ok(removedAll > 200, String(removedAll));
});

Deno.test({
  name: `cnn-mnist without 30% of its channels${hasShared ? "" : ` (${SHARED_REASON})`}`,
  ignore: !hasShared,
  async fn() {
    const out = await Deno.makeTempDir();
    const prune = (refit: boolean) =>
      bundle({
        model: sharedModel("cnn-mnist"),
        data: sharedModel("cnn-mnist", "data.json"),
        target: "deno",
        out: `${out}/bundle`,
        dryRun: true,
        recipe: { pruneChannels: 0.3, refit, dims: { batch: 1 }, calibrationSamples: 128 },
      });
    const [fitted, plain] = [await prune(true), await prune(false)];
    await Deno.remove(out, { recursive: true });
    assert.ok(fitted.accuracy!.drop <= 0.02, `drop ${fitted.accuracy!.drop}`);
    assert.ok(plain.accuracy!.drop > fitted.accuracy!.drop, `drop ${plain.accuracy!.drop}`);
    assert.ok(fitted.bytes.weights < 0.6 * 376_938, `${fitted.bytes.weights} bytes`);
    assert.equal(fitted.bitExact, true);
    assert.match(
      fitted.layers.find(({ name }) => name === "/conv3/Conv")!.reason ?? "",
      /pruned from 24 to 16 channels/,
    );
  },
});
