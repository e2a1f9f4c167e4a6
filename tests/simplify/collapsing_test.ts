/** Linear layers that become one. */
import assert from "node:assert/strict";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { simplify } from "../../converters/simplify/mod.ts";
import { float32, OPEN, runGraph } from "../helpers/float_graphs.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";
import { assertClose, constantOf } from "../helpers/simplified.ts";

const SUM = { factorA: 1, factorB: 1, min: -Infinity, max: Infinity };
const SAME = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };

async function check(graph: CoreGraph, wanted: string[]): Promise<CoreGraph> {
  const done = simplify(graph);
  assert.deepEqual(done.nodes.map(({ op }) => op), wanted);
  const size = graph.tensors.get("x")!.shape!.reduce((a, b) => a * b, 1);
  const x = noise(size, 5);
  assertClose(await runGraph(done, { x }), await runGraph(graph, { x }), "collapsed");
  return done;
}

Deno.test("by hand: W₂W₁ and W₂b₁ + b₂", async () => {
  const done = await check(
    graphOf(
      [
        node("FullyConnected", ["x", "v", "a"], "h", OPEN),
        node("FullyConnected", ["h", "w", "b"], "y", { ...OPEN, min: 0 }),
      ],
      [
        float32("x", [1, 2]),
        float32("v", [3, 2], [1, 0, 0, 1, 1, 1]),
        float32("a", [3], [1, 2, 3]),
        float32("h", [1, 3]),
        float32("w", [1, 3], [2, 3, 4]),
        float32("b", [1], [0.5]),
        float32("y", [1, 1]),
      ],
      ["y"],
    ),
    ["FullyConnected"],
  );
  assert.deepEqual(constantOf(done, done.nodes[0], 1), [6, 7]);
  assert.deepEqual(constantOf(done, done.nodes[0], 2), [20.5]);
  assert.equal(done.nodes[0].params.min, 0);
});

/** Two convolutions of x[1,5,5,2] with `between` channels. */
function pair(
  between: number,
  first: { kernel: number; bias?: boolean; max?: number },
  second: { kernel: number; strideH?: number; strideW?: number },
): CoreGraph {
  const pads = (kernel: number) => kernel === 3 ? SAME : {};
  const { kernel: k, bias, max = Infinity } = first;
  const { kernel: l, ...strides } = second;
  const out = strides.strideH ? 3 : 5;
  return graphOf(
    [
      node("Conv2D", ["x", "v", ...bias ? ["a"] : []], "h", { ...OPEN, ...pads(k), max }),
      node("Conv2D", ["h", "w", "b"], "y", { ...OPEN, ...pads(l), ...strides }),
    ],
    [
      float32("x", [1, 5, 5, 2]),
      float32("v", [between, k, k, 2], noise(between * k * k * 2, 1)),
      ...bias ? [float32("a", [between], noise(between, 2))] : [],
      float32("h", [1, 5, 5, between]),
      float32("w", [3, l, l, between], noise(3 * l * l * between, 3)),
      float32("b", [3], noise(3, 4)),
      float32("y", [1, out, out, 3]),
    ],
    ["y"],
  );
}

const PAIRS: [what: string, graph: CoreGraph, left: number][] = [
  ["1×1 behind 3×3", pair(8, { kernel: 3, bias: true }, { kernel: 1 }), 1],
  ["3×3 behind 1×1 without a bias", pair(8, { kernel: 1 }, { kernel: 3 }), 1],
  ["3×3 with stride behind 1×1", pair(8, { kernel: 1 }, { kernel: 3, strideH: 2, strideW: 2 }), 1],
  ["3×3 with padding behind a bias", pair(8, { kernel: 1, bias: true }, { kernel: 3 }), 2],
  ["a bottleneck, which costs less as it is", pair(1, { kernel: 1 }, { kernel: 1 }), 2],
  ["an activation between", pair(8, { kernel: 1, max: 0.5 }, { kernel: 1 }), 2],
  ["two windows", pair(8, { kernel: 3 }, { kernel: 3 }), 2],
];
for (const [what, graph, left] of PAIRS) {
  Deno.test(`${what}: ${left} left`, async () => {
    await check(graph, new Array(left).fill("Conv2D"));
  });
}

/** β(W·x) + α·(second), clamped at 0. */
function sum(kernel: number, other: "x" | "convolution", outputs = 2): CoreGraph {
  const pads = kernel === 3 ? SAME : {};
  return graphOf(
    [
      node("Conv2D", ["x", "w", "b"], "h", { ...OPEN, ...pads }),
      ...other === "x" ? [] : [node("Conv2D", ["x", "v"], "g", OPEN)],
      node("Add", [other === "x" ? "x" : "g", "h"], "y", { ...SUM, factorB: 2, min: 0 }),
    ],
    [
      float32("x", [1, 4, 4, 2]),
      float32("w", [outputs, kernel, kernel, 2], noise(outputs * 2 * kernel ** 2, 1)),
      float32("b", [outputs], noise(outputs, 2)),
      float32("h", [1, 4, 4, outputs]),
      ...other === "x" ? [] : [
        float32("v", [outputs, 1, 1, 2], noise(2 * outputs, 3)),
        float32("g", [1, 4, 4, outputs]),
      ],
      float32("y", [1, 4, 4, outputs]),
    ],
    ["y"],
  );
}

Deno.test("x + Wx is (I + W)x, with any window around the pixel", async () => {
  const done = await check(sum(1, "x"), ["Conv2D"]);
  const [a, b, c, d] = noise(4, 1).map((w) => 2 * w);
  const wanted = [1 + a, b, c, 1 + d].map(Math.fround);
  assert.deepEqual(constantOf(done, done.nodes[0], 1), wanted);
  assert.equal(done.nodes[0].params.min, 0);
  await check(sum(3, "x"), ["Conv2D"]);
});

Deno.test("3×3 and 1×1 beside each other are one 3×3", async () => {
  await check(sum(3, "convolution", 5), ["Conv2D"]);
  await check(sum(1, "convolution", 5), ["Conv2D"]);
});
