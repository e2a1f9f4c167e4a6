/** Which channels are tied together, by hand. */
import assert from "node:assert/strict";
import { ChannelGraph } from "../../converters/channels/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { float32, OPEN } from "../helpers/float_graphs.ts";
import { graphOf, node } from "../helpers/small_models.ts";

/** Where each channel of `name` stands in the groups of `other`: −1 for nowhere. */
function tied(graph: CoreGraph, name: string, other: string): number[] {
  const channels = new ChannelGraph(graph);
  const groups = Array.from(channels.groups(other));
  return Array.from(channels.groups(name), (group) => groups.indexOf(group));
}

/** One operator between two 1×1 convolutions, whose channels are free otherwise. */
function between(
  op: Parameters<typeof node>[0],
  [from, to]: [number[], number[]],
  params: Record<string, number> = {},
  list: number[] = [],
  constants: [string, number[]][] = [],
): CoreGraph {
  const last = to.length === 4 ? "Conv2D" : "FullyConnected";
  const w = to.length === 4 ? [1, 1, 1, to[3]] : [1, to[1]];
  const operands = op === "Concat" ? ["h", "h"] : ["h"];
  return graphOf(
    [
      node("Conv2D", ["x", "w"], "h", OPEN),
      node(
        op,
        [...operands, ...constants.map(([name]) => name)],
        "t",
        { ...OPEN, ...params },
        list,
      ),
      node(last, ["t", "v"], "y", OPEN),
    ],
    [
      float32("x", [...from.slice(0, 3), 1]),
      float32("w", [from[3], 1, 1, 1], new Array(from[3]).fill(1)),
      ...constants.map(([name, shape]) => float32(name, shape, new Array(36).fill(1))),
      float32("h", from),
      float32("t", to),
      float32("v", w, new Array(to.at(-1)).fill(1)),
      float32("y", [...to.slice(0, -1), 1]),
    ],
    ["y"],
  );
}

const PICTURE = [1, 2, 2, 4];
const CASES: [string, CoreGraph, number[]][] = [
  [
    "depthwise",
    between("DepthwiseConv2D", [PICTURE, PICTURE], {}, [], [["k", [1, 1, 4]]]),
    [0, 1, 2, 3],
  ],
  ["pool", between("MaxPool2D", [PICTURE, PICTURE], { kernelH: 1, kernelW: 1 }), [0, 1, 2, 3]],
  ["bias by Add", between("Add", [PICTURE, PICTURE], {}, [], [["k", [4]]]), [0, 1, 2, 3]],
  ["Concat", between("Concat", [PICTURE, [1, 2, 2, 8]], { axis: 3 }), [0, 1, 2, 3]],
  [
    "Slice",
    between("Slice", [PICTURE, [1, 2, 2, 2]], {}, [0, 0, 0, 1, 1, 1, 1, 1]),
    [-1, 0, 1, -1],
  ],
  ["Pad", between("Pad", [PICTURE, [1, 2, 2, 7]], { value: 0 }, [0, 0, 0, 2]), [2, 3, 4, 5]],
  ["flattening", between("Reshape", [PICTURE, [1, 16]]), [0, 1, 2, 3]],
  ["Transpose", between("Transpose", [PICTURE, PICTURE], {}, [0, 2, 1, 3]), [0, 1, 2, 3]],
];
for (const [what, graph, wanted] of CASES) {
  Deno.test(`channels are tied through ${what}`, () => {
    assert.deepEqual(tied(graph, "h", "t"), wanted);
    const channels = new ChannelGraph(graph);
    assert.deepEqual(
      [...channels.groups("h")].map((group) => channels.isPinned(group)),
      [false, false, false, false],
    );
  });
}

Deno.test("a flattened channel is tied to all its places", () => {
  const places = tied(CASES[6][1], "t", "h");
  assert.deepEqual(places, Array.from({ length: 16 }, (_, k) => k % 4));
});

Deno.test("channels of inputs and outputs stay, and those of operators that mix them", () => {
  const graph = between("Softmax", [PICTURE, PICTURE], { log: 0 });
  const channels = new ChannelGraph(graph);
  for (const name of ["x", "h", "t", "y"]) {
    channels.groups(name).forEach((group) => assert.ok(channels.isPinned(group), name));
  }
});

Deno.test("a residual sum ties the channels of all that it adds; groups stay equal", () => {
  const graph = between("Add", [PICTURE, PICTURE], {}, [], []);
  graph.nodes.splice(1, 1, node("Conv2D", ["h", "u"], "g", { ...OPEN, groups: 2 }));
  graph.nodes.splice(2, 0, node("Add", ["g", "h"], "t", OPEN));
  graph.tensors.set("u", float32("u", [4, 1, 1, 2], new Array(8).fill(1)));
  graph.tensors.set("g", float32("g", PICTURE));
  // Channels 0 and 2 are the first ones of both groups, 1 and 3 the second ones.
  assert.deepEqual(tied(graph, "h", "g"), [0, 1, 0, 1]);
  assert.deepEqual(tied(graph, "h", "t"), [0, 1, 0, 1]);
});
