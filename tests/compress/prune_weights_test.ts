/** Which weights become zeros, by hand, and that better scores lose less. */
import assert from "node:assert/strict";
import { type Moments, pruneWeights, quantize } from "../../converters/compress/mod.ts";
import { sparseGpt } from "../../converters/compress/prune/sparsegpt.ts";
import {
  ascending,
  lampScores,
  magnitudeScores,
  wandaScores,
} from "../../converters/compress/prune/weight_scores.ts";
import { blockUnits, patternMask } from "../../converters/compress/prune/weight_units.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { completeRecipe, type PruningPlan, readPruning } from "../../converters/recipe/mod.ts";
import { denseGraph, rangesOf } from "../helpers/float_graphs.ts";
import { Random } from "../helpers/random.ts";
import { noise } from "../helpers/small_models.ts";
import { FLOAT64_SOLVE } from "../helpers/tolerances.ts";

const SINGLE = { outputs: 1, inputs: 1 };
const TEXTS: [string, PruningPlan | null][] = [
  ["magnitude:0.6", { score: "magnitude", share: 0.6, pattern: null, block: SINGLE }],
  ["0.25", { score: "magnitude", share: 0.25, pattern: null, block: SINGLE }],
  ["2:4", { score: "magnitude", share: 0, pattern: { keep: 2, of: 4 }, block: SINGLE }],
  ["sparsegpt:1:3", { score: "sparsegpt", share: 0, pattern: { keep: 1, of: 3 }, block: SINGLE }],
  [
    "wanda:block:4x2:.5",
    { score: "wanda", share: 0.5, pattern: null, block: { outputs: 4, inputs: 2 } },
  ],
  ...[
    "none",
    "",
    "1.5",
    "random:0.5",
    "4:4",
    "0:4",
    "block:0x1:0.5",
    "block:4x1:2:4",
    "block:2:4",
    "block:",
    "0.5 ",
    "1",
  ]
    .map((text): [string, null] => [text, null]),
  [
    "sparsegpt:block:4x1:0.5",
    { score: "sparsegpt", share: 0.5, pattern: null, block: { outputs: 4, inputs: 1 } },
  ],
  [
    "block:0.5",
    { score: "magnitude", share: 0.5, pattern: null, block: { outputs: 4, inputs: 2 } },
  ],
];
for (const [text, wanted] of TEXTS) {
  Deno.test(`"${text}" is ${wanted ? "a pruning" : "none"}`, () => {
    assert.deepEqual(readPruning(text), wanted);
  });
}

/** Moments of columns that have E[xxᵀ] = gram and no mean. */
function momentsOf(gram: number[], mean?: number[]): Moments {
  const depth = Math.sqrt(gram.length);
  const matrix = Float32Array.from(gram);
  const means = Float32Array.from(mean ?? new Array(depth).fill(0));
  return {
    ...{ blocks: 1, depth, diagonal: false, count: 100, gram: matrix, cross: matrix },
    ...{ original: matrix, mean: means, originalMean: means },
  };
}

function pruned(graph: CoreGraph, text: string, rest: Record<string, unknown> = {}): number[] {
  const plans = new Map(graph.nodes.map(({ name }) => [name, readPruning(text)!]));
  const done = pruneWeights(graph, {
    ...{ plans, scope: "layer", norm: "l2", moments: new Map() },
    ...rest,
  }).graph;
  return Array.from(done.tensors.get(done.nodes[0].inputs[1])!.data!, Number);
}

Deno.test("magnitude: the smallest go, whatever their sign; of ties the first", () => {
  const graph = denseGraph([[3, -1, 2, 1], [-4, 1, -2, 2]]);
  assert.deepEqual(pruned(graph, "magnitude:0.5"), [3, 0, 0, 0, -4, 0, -2, 2]);
  assert.deepEqual(pruned(graph, "magnitude:0.25"), [3, 0, 2, 0, -4, 1, -2, 2]);
});

Deno.test("every share is exact, with ties too", () => {
  const graph = denseGraph([new Array(40).fill(0.5), new Array(40).fill(-0.5)]);
  for (const share of [0, 0.1, 0.33, 0.5, 0.99]) {
    const zeros = pruned(graph, `magnitude:${share}`).filter((w) => w === 0).length;
    assert.equal(zeros, Math.round(share * 80));
  }
});

Deno.test("N:M keeps the N largest of M in a row, and as many of a shorter rest", () => {
  const scores = Float64Array.of(1, 4, 3, 2, /**/ 5, 5, 5, /**/ 9, 8, 7, 6, /**/ 1, 2, 3);
  const goes = patternMask(scores, 7, { keep: 2, of: 4 });
  assert.deepEqual(goes.map(Number), [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0]);
});

Deno.test("blocks: the norm decides between a spike and an even block", () => {
  // Blocks of 2 × 1: columns (4, 0) and (2.5, 2.5).
  const scores = Float64Array.of(4, 2.5, 0, 2.5);
  const block = { outputs: 2, inputs: 1 };
  assert.deepEqual([...blockUnits(scores, 2, block, "l1").scores], [2, 2.5]);
  assert.deepEqual([...blockUnits(scores, 2, block, "l2").scores], [Math.sqrt(8), 2.5]);
  assert.deepEqual([...blockUnits(scores, 2, block, "l2").of], [0, 1, 0, 1]);
  const graph = denseGraph([[4, 2.5], [0.1, 2.5]]);
  assert.deepEqual(pruned(graph, "block:2x1:0.5", { norm: "l1" }), [0, 2.5, 0, 2.5]);
  assert.deepEqual(pruned(graph, "block:2x1:0.5", { norm: "l2" }).map(Math.round), [4, 0, 0, 0]);
});

Deno.test("Wanda: a small weight on a large input stays", () => {
  // |w|·√E[x²]: 1·3, 2·1, 0.5·5.
  const moments = momentsOf([9, 0, 0, 0, 1, 0, 0, 0, 25]);
  assert.deepEqual([...wandaScores(Float64Array.of(1, -2, 0.5), moments)], [3, 2, 2.5]);
});

Deno.test("LAMP: w² over the squares of all that are as large", () => {
  const [a, b, c] = lampScores(Float64Array.of(3, 1, 2));
  assert.deepEqual([a, b, c], [1, 1 / 14, 4 / 13]);
});

Deno.test("over all layers a layer of small weights is not lost, and a floor stays", () => {
  const graph = denseGraph([[100, 90, 80, 70]]);
  graph.nodes.push({ ...graph.nodes[0], name: "second", inputs: ["y", "v"], output: "z" });
  const v = { ...graph.tensors.get("w")!, name: "v", data: Float32Array.of(0.4, 0.3, 0.2, 0.1) };
  graph.tensors.set("v", { ...v, shape: [4, 1] });
  graph.tensors.set("z", { ...graph.tensors.get("y")!, name: "z", shape: [1, 4] });
  for (const scope of ["global", "lamp"]) {
    const plans = new Map(graph.nodes.map(({ name }) => [name, readPruning("0.5")!]));
    const { graph: done } = pruneWeights(graph, {
      ...{ plans, norm: "l2", moments: new Map() },
      scope: scope as "global" | "lamp",
    });
    const zeros = done.nodes.map(({ inputs }) =>
      Array.from(done.tensors.get(inputs[1])!.data!, Number).filter((w) => w === 0).length
    );
    assert.equal(zeros[0] + zeros[1], 4, scope);
    assert.ok(Math.max(...zeros) <= 3, `${scope}: ${zeros}`);
  }
});

Deno.test("SparseGPT by hand: the other weight takes up what goes", () => {
  // H = [[2, 1], [1, 2]] + λI, λ = 0.02. w = (0.1, 1): the first goes, the second becomes
  // w₂ + w₁·H₁₂ / H₂₂.
  const rows = { weights: Float64Array.of(0.1, 1), bias: Float64Array.of(0.5) };
  const moments = momentsOf([2, 1, 1, 2]);
  const { weights, bias } = sparseGpt(rows, moments, readPruning("sparsegpt:0.5")!);
  assert.equal(weights[0], 0);
  assert.ok(Math.abs(weights[1] - (1 + 0.1 / 2.02)) < FLOAT64_SOLVE, String(weights[1]));
  assert.deepEqual([...bias], [0.5]);
});

Deno.test("SparseGPT of blocks by hand: two outputs go together", () => {
  // Scores w²/U_jj², U = chol(H⁻¹)ᵀ, U_11² = 2.02/3.0804, U_22² = 1/2.02: (0.01 + 4)/2 · 1.525 = 3.06
  // against (1 + 1)/2 · 2.02 = 2.02, so the second column goes, and nothing behind it takes that up.
  const rows = { weights: Float64Array.of(0.1, 1, 2, 1), bias: new Float64Array(2) };
  const { weights } = sparseGpt(
    rows,
    momentsOf([2, 1, 1, 2]),
    readPruning("sparsegpt:block:2x1:0.5")!,
  );
  assert.deepEqual([...weights], [0.1, 0, 2, 0]);
});

/** Columns that depend on each other, and their moments. */
function correlated(seed: number, depth: number): Moments {
  const mix = noise(depth * depth, seed);
  const gram = new Array<number>(depth * depth).fill(0);
  for (let n = 0; n < 4 * depth; n++) {
    const source = noise(depth, seed * 1000 + n);
    const x = Array.from({ length: depth }, (_, i) => {
      let sum = source[i] * (1 + i % 5);
      for (let j = 0; j < depth; j++) sum += mix[i * depth + j] * source[j];
      return sum;
    });
    for (let i = 0; i < depth; i++) {
      for (let j = 0; j < depth; j++) gram[i * depth + j] += x[i] * x[j] / (4 * depth);
    }
  }
  return momentsOf(gram);
}

Deno.test("of half the weights: random loses most, then magnitude, Wanda, SparseGPT", () => {
  const losses = { random: 0, magnitude: 0, wanda: 0, sparsegpt: 0 };
  for (let seed = 1; seed <= 20; seed++) {
    const depth = 24;
    const moments = correlated(seed, depth);
    const weights = Float64Array.from(noise(8 * depth, 77 + seed));
    const rows = { weights, bias: new Float64Array(8) };
    const lossOf = (made: Float64Array) => {
      let loss = 0;
      for (let o = 0; o < 8; o++) {
        const e = weights.slice(o * depth, (o + 1) * depth).map((w, k) => w - made[o * depth + k]);
        for (let i = 0; i < depth; i++) {
          for (let j = 0; j < depth; j++) loss += e[i] * moments.gram[i * depth + j] * e[j];
        }
      }
      return loss;
    };
    const without = (scores: Float64Array) => {
      const goes = new Set(ascending(scores).subarray(0, scores.length / 2));
      return weights.map((w, i) => goes.has(i) ? 0 : w);
    };
    const random = new Random(seed);
    losses.random += lossOf(without(weights.map(() => random.next())));
    losses.magnitude += lossOf(without(magnitudeScores(weights)));
    losses.wanda += lossOf(without(wandaScores(weights, moments)));
    const fitted = sparseGpt(rows, moments, readPruning("sparsegpt:0.5")!).weights;
    assert.equal(fitted.filter((w) => w === 0).length, 4 * depth);
    losses.sparsegpt += lossOf(fitted);
  }
  const { random, magnitude, wanda, sparsegpt } = losses;
  const order = `${random} > ${magnitude} > ${wanda} > ${sparsegpt}`;
  assert.ok(random > 1.5 * magnitude && magnitude > wanda && wanda > sparsegpt, order);
});

for (const weightBits of [8, 4, 2]) {
  Deno.test(`what is pruned is 0 in ${weightBits} bits too`, async () => {
    const graph = denseGraph([[...noise(40, 1)], [...noise(40, 2)]], [0.5, -0.5]);
    const plans = new Map([[graph.nodes[0].name, readPruning("magnitude:0.6")!]]);
    const options = { plans, scope: "layer" as const, norm: "l2" as const, moments: new Map() };
    const sparse = pruneWeights(graph, options).graph;
    const float = sparse.tensors.get(sparse.nodes[0].inputs[1])!.data!;
    const ranges = await rangesOf(sparse, [{ x: noise(40, 3) }]);
    const done = quantize(sparse, ranges, { recipe: completeRecipe({ weightBits }) }).graph;
    const { data } = done.tensors.get("y/weights")!;
    float.forEach((w, i) => w === 0 && assert.equal(data![i], 0));
    assert.ok(Array.from(data!, Number).filter((q) => q === 0).length >= 48);
  });
}
