/** Graphs that run backwards, and training that keeps what it should. */
import assert from "node:assert/strict";
import { Adam, Network, parameterOf } from "../../converters/compress/mod.ts";
import { sizeOf } from "../../converters/graph/graph.ts";
import { sensitivityOf } from "../../converters/stages/sensitivity.ts";
import type { Samples } from "../../converters/stages/samples.ts";
import { convert } from "../../mod.ts";
import { float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { randomNetwork } from "../helpers/random_networks.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";
import { FINITE_DIFFERENCE, SIMPLIFIED } from "../helpers/tolerances.ts";

Deno.test("random networks forwards are the reference, backwards the slope of the loss", async () => {
  let tried = 0;
  for (let seed = 0; seed < 120; seed++) {
    const graph = randomNetwork(new Random(seed), 8);
    if (graph.nodes.some(({ op }) => op === "Unary")) continue;
    // Zeros and tiny weights put values right where functions bend.
    for (const tensor of graph.tensors.values()) {
      if (tensor.data) tensor.data = noise(tensor.data.length, seed);
    }
    const [output] = graph.outputs;
    const network = new Network(graph, new Set([output]));
    const x = noise(sizeOf(graph.tensors.get("x")!.shape!), seed);
    const wanted = (await runGraph(graph, { x }))[output];
    const direction = noise(wanted.length, seed + 1);
    const feed = network.feeds.includes("x");
    if (!feed || network.feeds.length > 1) continue;
    network.nodes.get("x")!.values.set(x);
    const loss = () => {
      network.forward();
      return network.nodes.get(output)!.values.reduce((sum, y, i) => sum + y * direction[i], 0);
    };
    loss();
    const range = Math.max(1, ...Array.from(wanted, Math.abs));
    network.nodes.get(output)!.values.forEach((y, i) =>
      assert.ok(Math.abs(y - wanted[i]) <= SIMPLIFIED * range, `seed ${seed}`)
    );
    network.nodes.get(output)!.gradient!.set(direction);
    network.backward();
    for (const [name, { values, gradient }] of network.parameters) {
      const [before, slopes] = [values.slice(), gradient.slice()];
      // Along the gradient itself, so that nothing cancels.
      const length = Math.sqrt(slopes.reduce((sum, g) => sum + g * g, 0));
      if (length < 1e-3) continue;
      const step = 1e-3;
      const at = (sign: number) => {
        values.set(before.map((w, i) => w + sign * step * slopes[i] / length));
        return loss();
      };
      const slope = (at(1) - at(-1)) / (2 * step);
      values.set(before);
      const near = Math.abs(slope - length) <= FINITE_DIFFERENCE * length + FINITE_DIFFERENCE;
      assert.ok(near, `seed ${seed}: ${name} has slope ${slope}, wanted ${length}`);
      tried++;
    }
  }
  assert.ok(tried > 100, `${tried} slopes`);
});

Deno.test("Adam by hand: the first step is the rate, in units of the parameter; zeros stay", () => {
  const values = Float32Array.of(3, 0, -3, Math.sqrt(18));
  const parameter = parameterOf(values, 1, () => 0);
  const { gradient } = parameter;
  gradient.set([5, 7, -0.01, 0]);
  new Adam([parameter]).step(0.1);
  // The root mean square is 3: steps of 0.3 against the gradient's sign.
  const wanted = [2.7, 0, -2.7, Math.sqrt(18)];
  values.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 1e-6, String(value)));
  assert.deepEqual([...gradient], [0, 0, 0, 0]);
});

Deno.test("sensitivity by hand: z = 3h, h = 2x", async () => {
  const graph = graphOf(
    [
      node("FullyConnected", ["x", "v"], "h", OPEN),
      node("FullyConnected", ["h", "w"], "z", OPEN),
    ],
    [
      ...["x", "h", "z"].map((name) => float32(name, [1, 1])),
      float32("v", [1, 1], [2]),
      float32("w", [1, 1], [3]),
    ],
    ["z"],
  );
  const dataset = { inputs: (i: number) => Promise.resolve([Float32Array.of(i)]) };
  const samples = { calibration: { dataset, indices: [0, 2] } } as unknown as Samples;
  // z is 0 and 12: its variance is 36.
  const found = (await sensitivityOf(graph, samples, 0))!;
  assert.deepEqual([...found.values()].map(([value]) => value), [9 / 36, 1 / 36]);
});

Deno.test({
  name: `distilling brings cnn-mnist nearer to the original${
    hasShared ? "" : ` (${SHARED_REASON})`
  }`,
  ignore: !hasShared,
  async fn() {
    const distilled = (epochs: number) =>
      convert({
        model: sharedModel("cnn-mnist"),
        data: sharedModel("cnn-mnist", "data.json"),
        recipe: {
          ...{ weights: "float32", pruneChannels: 0.3, refit: false, distill: epochs },
          ...{ dims: { batch: 1 }, calibrationSamples: 24 },
        },
      });
    const noiseOf = async (epochs: number) => {
      const { layers } = await distilled(epochs);
      return layers.find(({ name }) => name === "/fc2/Gemm")!.sqnrDb!;
    };
    const [before, after] = [await noiseOf(0), await noiseOf(4)];
    assert.ok(after > before + 1, `${before} dB, then ${after} dB`);
  },
});
