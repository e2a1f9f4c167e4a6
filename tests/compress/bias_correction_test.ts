/** Bias correction: mean patches, mean errors, and what it does to a layer's mean output. */
import assert from "node:assert/strict";
import { meanError, MeanPatchObserver } from "../../converters/compress/correct_bias.ts";
import { quantize, quantizeWeightsOnly } from "../../converters/compress/mod.ts";
import { quantizeWeights } from "../../converters/compress/quantize_weights.ts";
import { weightsOf } from "../../converters/compress/weighted.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { denseGraph, float32, OPEN, rangesOf, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";

/** x[1,4,5,C] through one convolution with padding, strides and dilation. */
function pictures(op: "Conv2D" | "DepthwiseConv2D", channels: number, groups = 1): CoreGraph {
  const outputs = op === "Conv2D" ? 4 : channels;
  const shape = op === "Conv2D" ? [outputs, 3, 2, channels / groups] : [3, 2, channels];
  const size = shape.reduce((a, b) => a * b, 1);
  const window = { strideH: 2, padTop: 1, padLeft: 1, padBottom: 1, dilationW: 2, groups };
  return graphOf(
    [node(op, ["x", "w", "b"], "y", { ...OPEN, ...window })],
    [
      float32("x", [1, 4, 5, channels]),
      float32("w", shape, noise(size, 3)),
      float32("b", [outputs], noise(outputs, 4)),
      float32("y", [1, 2, 4, outputs]),
    ],
    ["y"],
  );
}

const LAYERS: Record<string, CoreGraph> = {
  "FullyConnected": denseGraph([[...noise(9, 5)], [...noise(9, 6)]], [0.1, -0.2]),
  "Conv2D": pictures("Conv2D", 3),
  "Conv2D in two groups": pictures("Conv2D", 4, 2),
  "DepthwiseConv2D": pictures("DepthwiseConv2D", 3),
};

/** Inputs that are far from zero on average, where correction matters. */
function inputs(graph: CoreGraph, samples: number): { x: Float32Array }[] {
  const size = graph.tensors.get("x")!.shape!.reduce((a, b) => a * b, 1);
  return Array.from(
    { length: samples },
    (_, i) => ({ x: noise(size, 100 + i).map((value) => value + 1) }),
  );
}

/** Mean of each output channel over samples and positions. */
async function channelMeans(graph: CoreGraph, samples: { x: Float32Array }[]): Promise<number[]> {
  const channels = graph.tensors.get("y")!.shape!.at(-1)!;
  const means = Array<number>(channels).fill(0);
  for (const sample of samples) {
    const { y } = await runGraph(graph, sample);
    y.forEach((value, i) => means[i % channels] += value * channels / y.length / samples.length);
  }
  return means;
}

/** The same graph with other weights. */
function withWeights(graph: CoreGraph, data: Float32Array): CoreGraph {
  const tensors = new Map(graph.tensors);
  tensors.set("w", { ...tensors.get("w")!, data });
  return { ...graph, tensors };
}

for (const [title, graph] of Object.entries(LAYERS)) {
  const [layer] = graph.nodes;
  const weights = weightsOf(graph, layer)!;

  Deno.test(`${title}: the mean error is the mean of what rounded weights add`, async () => {
    const samples = inputs(graph, 3);
    const observer = new MeanPatchObserver(graph);
    for (const { x } of samples) observer.observe("x", x);
    const { data, shape, axis } = weights;
    const rounded = quantizeWeights(data, shape, axis, 7);
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const back = Float32Array.from(
      rounded.data,
      (q, i) => q * rounded.scales[Math.floor(i / inner) % shape[axis]],
    );
    const before = await channelMeans(graph, samples);
    const after = await channelMeans(withWeights(graph, back), samples);
    const error = meanError(layer, weights, rounded, observer.means().get(layer.name)!);
    assert.equal(error.length, before.length);
    error.forEach((value, c) => {
      assert(Math.abs(value - (after[c] - before[c])) < 1e-5, `channel ${c}: ${value}`);
      assert(value !== 0);
    });
  });

  for (const how of ["weights and activations", "weights alone"]) {
    Deno.test(`${title}: corrected for ${how}, the mean output is nearer the float layer's`, async () => {
      const samples = inputs(graph, 12);
      const ranges = await rangesOf(graph, samples);
      const observer = new MeanPatchObserver(graph);
      for (const { x } of samples) observer.observe("x", x);
      const wanted = await channelMeans(graph, samples);
      const loss = async (meanPatches?: Map<string, Float64Array>) => {
        const options = { recipe: completeRecipe({ weightBits: 4 }), meanPatches };
        const done = how === "weights alone"
          ? quantizeWeightsOnly(graph, options)
          : quantize(graph, ranges, options);
        const got = await channelMeans(done.graph, samples);
        return got.reduce((sum, mean, c) => sum + Math.abs(mean - wanted[c]), 0);
      };
      const [plain, corrected] = [await loss(), await loss(observer.means())];
      assert(corrected < plain / 4, `${corrected} corrected, ${plain} without`);
    });
  }
}

Deno.test("by hand: 1.5 and 1 in steps of 0.75 lose 0.25 of the second input, 9 on average", () => {
  const graph = denseGraph([[1.5, 1]]);
  const [layer] = graph.nodes;
  const weights = weightsOf(graph, layer)!;
  const rounded = quantizeWeights(weights.data, weights.shape, weights.axis, 2);
  assert.deepEqual([...rounded.data], [2, 1]);
  assert.deepEqual([...meanError(layer, weights, rounded, Float64Array.of(4, 9))], [-2.25]);
});

Deno.test("a layer without bias gets one", async () => {
  const graph = denseGraph([[1, 0.35]]);
  const means = new Map([[graph.nodes[0].name, Float64Array.of(1, 1)]]);
  const ranges = new Map([["x", { min: 0, max: 2 }]]);
  const options = { recipe: completeRecipe({ weightBits: 3 }) };
  const bare = quantize(graph, ranges, options).graph;
  assert.equal(bare.nodes.at(-1)!.inputs.length, 2);
  const done = quantize(graph, ranges, { ...options, meanPatches: means }).graph;
  assert.equal(done.nodes.at(-1)!.inputs.length, 3);
  const { y } = await runGraph(done, { x: Float32Array.of(1, 1) });
  assert(Math.abs(y[0] - 1.35) < 0.01, String(y[0]));
});

Deno.test("a node that stays float keeps its bias", () => {
  const graph = denseGraph([[1, 0.35]], [0.5]);
  const { name } = graph.nodes[0];
  const meanPatches = new Map([[name, Float64Array.of(1, 1)]]);
  const done = quantize(graph, new Map(), {
    recipe: completeRecipe({ keepFloat: [name], weightBits: 3 }),
    meanPatches,
  });
  assert.deepEqual(done.graph.nodes, graph.nodes);
  assert.deepEqual(done.graph.tensors.get("b"), graph.tensors.get("b"));
});

Deno.test("means are those of the first 16 samples", () => {
  const graph = denseGraph([[1, 1]]);
  const observer = new MeanPatchObserver(graph);
  for (let i = 0; i < 20; i++) observer.observe("x", Float32Array.of(i, i < 16 ? 1 : 100));
  observer.observe("no such tensor", Float32Array.of(1));
  assert.deepEqual([...observer.means().values()], [Float64Array.of(7.5, 1)]);
});
