/** Second moments of the layers' inputs: columns, sums, positions, cache. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  columnLayout,
  columnsOf,
  fromRows,
  LARGEST_DEPTH,
  MomentSums,
  samplePositions,
  weightRows,
} from "../../converters/compress/mod.ts";
import { weightsOf } from "../../converters/compress/weighted.ts";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { collectStatistics } from "../../converters/stages/statistics.ts";
import { cachedStatistics } from "../../converters/stages/statistics_cache.ts";
import { kedge } from "../helpers/command.ts";
import { denseGraph, float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";
import { FUSED_MULTIPLY_ADD } from "../helpers/tolerances.ts";

/** x[1,4,5,C] through one convolution with padding, strides and dilation. */
function pictures(op: "Conv2D" | "DepthwiseConv2D", channels: number, groups = 1): CoreGraph {
  const outputs = op === "Conv2D" ? 4 : channels;
  const shape = op === "Conv2D" ? [outputs, 3, 2, channels / groups] : [3, 2, channels];
  const window = { strideH: 2, padTop: 1, padLeft: 1, padBottom: 1, dilationW: 2, groups };
  return graphOf(
    [node(op, ["x", "w"], "y", { ...OPEN, ...window })],
    [
      float32("x", [1, 4, 5, channels]),
      float32("w", shape, noise(shape.reduce((a, b) => a * b, 1), 3)),
      float32("y", [1, 2, 4, outputs]),
    ],
    ["y"],
  );
}

const LAYERS: Record<string, CoreGraph> = {
  "FullyConnected": denseGraph([[...noise(9, 5)], [...noise(9, 6)]]),
  "Conv2D": pictures("Conv2D", 3),
  "Conv2D in two groups": pictures("Conv2D", 4, 2),
  "DepthwiseConv2D": pictures("DepthwiseConv2D", 3),
};

for (const [name, graph] of Object.entries(LAYERS)) {
  Deno.test(`${name}: rows of weights times columns are the outputs`, async () => {
    const [layer] = graph.nodes;
    const { blocks, depth, positions } = columnLayout(graph, layer)!;
    const x = noise(graph.tensors.get("x")!.shape!.reduce((a, b) => a * b, 1), 8);
    const { y } = await runGraph(graph, { x });
    const rows = weightRows(weightsOf(graph, layer)!);
    const channels = rows.length / depth;
    const all = Array.from({ length: positions }, (_, i) => i);
    const columns = columnsOf(graph, layer, x, all);
    for (const position of all) {
      for (let o = 0; o < channels; o++) {
        const block = Math.floor(o * blocks / channels);
        const from = (block * positions + position) * depth;
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += rows[o * depth + k] * columns[from + k];
        assert.ok(Math.abs(sum - y[position * channels + o]) <= depth * FUSED_MULTIPLY_ADD);
      }
    }
  });

  Deno.test(`${name}: rows of integers go back to where they were`, () => {
    const weights = weightsOf(graph, graph.nodes[0])!;
    const data = Float32Array.from(weights.data, (_, i) => i % 100);
    assert.deepEqual([...fromRows(weightRows({ ...weights, data }), weights)], [...data]);
  });
}

Deno.test("moments by hand: two columns (1, 2) and (3, 4), compressed (1, 1) and (2, 0)", () => {
  const sums = new MomentSums({ blocks: 1, depth: 2, positions: 1 }, true);
  sums.add(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 1, 2, 0));
  const { gram, cross, original, mean, originalMean, count } = sums.finish();
  assert.equal(count, 2);
  assert.deepEqual([...gram], [2.5, 0.5, 0.5, 0.5]);
  assert.deepEqual([...cross], [3.5, 0.5, 5, 1]);
  assert.deepEqual([...original], [5, 7, 7, 10]);
  assert.deepEqual([...mean], [1.5, 0.5]);
  assert.deepEqual([...originalMean], [2, 3]);
});

Deno.test("columns may come one by one or all at once, in several blocks", () => {
  const layout = { blocks: 2, depth: 3, positions: 1 };
  const [whole, single] = [new MomentSums(layout, false), new MomentSums(layout, false)];
  const count = 600;
  const columns = noise(count * 6, 4);
  whole.add(columns);
  for (let n = 0; n < count; n++) {
    const at = [n * 3, (count + n) * 3];
    single.add(Float32Array.from(at.flatMap((from) => [...columns.subarray(from, from + 3)])));
  }
  assert.deepEqual(single.finish(), whole.finish());
});

Deno.test("of very deep layers only the diagonals are kept", () => {
  const depth = LARGEST_DEPTH + 1;
  const sums = new MomentSums({ blocks: 1, depth, positions: 1 }, false);
  sums.add(new Float32Array(2 * depth).fill(3));
  const { diagonal, gram, cross } = sums.finish();
  assert.ok(diagonal);
  assert.equal(gram, cross);
  assert.deepEqual([gram.length, gram[7]], [depth, 9]);
});

Deno.test("positions ascend, do not repeat, and depend on the seed", () => {
  const chosen = [...samplePositions(50, 20, 1)];
  assert.deepEqual(chosen, [...new Set(chosen)].sort((a, b) => a - b));
  assert.ok(chosen.every((position) => position >= 0 && position < 50));
  assert.deepEqual(chosen, [...samplePositions(50, 20, 1)]);
  assert.notDeepEqual(chosen, [...samplePositions(50, 20, 2)]);
  assert.deepEqual([...samplePositions(3, 3, 5)], [0, 1, 2]);
});

function dataset(size: number): Dataset {
  return {
    ...{ count: 8, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => Promise.resolve([noise(size, 10 + i)]),
  };
}

const SAMPLES = [0, 1, 2, 3, 4, 5, 6, 7];
const never = () => assert.fail("nothing is collected");

Deno.test("every fourth sample is held out", async () => {
  const graph = denseGraph([[1, 2, 3]]);
  const all = await collectStatistics(graph, dataset(3), SAMPLES, 0, () => {});
  const { fit, held } = [...all.values()][0];
  assert.deepEqual([fit.count, held.count], [6, 2]);
  const [third, seventh] = [noise(3, 13), noise(3, 17)];
  held.mean.forEach((mean, i) => {
    assert.equal(mean, Math.fround((third[i] + seventh[i]) / 2));
  });
});

Deno.test("the cache gives what was collected, and collects again what is damaged", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const graph = pictures("Conv2D", 4, 2);
    const get = (seed: number, told: () => void) =>
      cachedStatistics(folder, graph, dataset(80), SAMPLES, seed, told);
    const fresh = await get(0, () => {});
    assert.deepEqual(fresh, await collectStatistics(graph, dataset(80), SAMPLES, 0, () => {}));
    assert.deepEqual(await get(0, never), fresh);
    await get(1, () => {});
    const files = await Array.fromAsync(Deno.readDir(folder));
    assert.equal(files.length, 2);
    for (const { name } of files) {
      const path = `${folder}/${name}`;
      const bytes = await Deno.readFile(path);
      bytes[bytes.length - 5] ^= 1;
      await Deno.writeFile(path, bytes);
    }
    let told = 0;
    assert.deepEqual(await get(0, () => told++), fresh);
    assert.equal(told, SAMPLES.length);
    for (const { name } of files) await Deno.truncate(`${folder}/${name}`, 20);
    assert.deepEqual(await get(0, () => {}), fresh);
    assert.deepEqual(await get(0, never), fresh);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a cache folder that cannot be written is no error", async () => {
  const file = await Deno.makeTempFile();
  try {
    const graph = denseGraph([[1, 2, 3]]);
    const got = await cachedStatistics(`${file}/no`, graph, dataset(3), SAMPLES, 0, () => {});
    assert.equal(got.size, 1);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("--cache names the folder, none leaves it out", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const example = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));
    const line = ["convert", `${example}model.onnx`, "--data", `${example}data.json`, "--dry-run"];
    const count = async () => (await Array.fromAsync(Deno.readDir(folder))).length;
    const pruned = [...line, "--prune", "wanda:0.3"];
    const none = await kedge([...pruned, "--cache", "none"]);
    assert.equal(none.code, 0, none.stderr);
    assert.equal(await count(), 0);
    assert.equal((await kedge([...pruned, "--cache", folder])).code, 0);
    assert.equal(await count(), 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
