/** Rewrites that put one operator into another. */
import assert from "node:assert/strict";
import type { TensorProto } from "onnx-buf";
import { onnxInput, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";
import { constantOf, only, simplified } from "../helpers/simplified.ts";

const picture = onnxInput("x", [1, 2, 4, 4]);
/** One 1 × 1 filter for each of two channels. */
const w = onnxTensor("w", [2, 2, 1, 1], [1, 2, 3, 4]);
const conv = onnxNode("Conv", ["x", "w"], ["c"]);

/** The operators of a model on x[1,2,4,4] without the Transposes at its ends. */
async function inner(
  nodes: Parameters<typeof simplified>[0]["nodes"],
  initializers: TensorProto[],
  outputs = ["y"],
) {
  const result = await simplified({ inputs: [picture], outputs, opset: 13, nodes, initializers });
  return { ...result, after: result.after.filter((op) => op !== "Transpose") };
}

Deno.test("batch normalization goes into the convolution before it", async () => {
  const { after, graph } = await inner([
    conv,
    onnxNode("BatchNormalization", ["c", "s", "b", "m", "v"], ["y"], { epsilon: { float: 0 } }),
  ], [
    w,
    onnxTensor("s", [2], [2, 3]),
    onnxTensor("b", [2], [1, -1]),
    onnxTensor("m", [2], [10, 20]),
    onnxTensor("v", [2], [4, 9]),
  ]);
  assert.deepEqual(after, ["Conv2D"]);
  const node = only(graph, "Conv2D");
  // s / √v is 1 for both channels; b − m · s / √v.
  assert.deepEqual(constantOf(graph, node, 1), [1, 2, 3, 4]);
  assert.deepEqual(constantOf(graph, node, 2), [-9, -21]);
});

Deno.test("a scale, a division and a subtraction go into the convolution before them", async () => {
  const { after, graph } = await inner([
    conv,
    onnxNode("Mul", ["c", "s"], ["m"]),
    onnxNode("Div", ["m", "two"], ["d"]),
    onnxNode("Sub", ["d", "one"], ["y"]),
  ], [
    w,
    onnxTensor("s", [1, 2, 1, 1], [2, 10]),
    onnxTensor("two", [], [2]),
    onnxTensor("one", [], [1]),
  ]);
  assert.deepEqual(after, ["Conv2D"]);
  assert.deepEqual(constantOf(graph, only(graph, "Conv2D"), 1), [1, 2, 15, 20]);
  assert.deepEqual(constantOf(graph, only(graph, "Conv2D"), 2), [-1, -1]);
});

Deno.test("a constant minus the convolution turns the weights' sign", async () => {
  const { after, graph } = await inner([conv, onnxNode("Sub", ["one", "c"], ["y"])], [
    w,
    onnxTensor("one", [], [1]),
  ]);
  assert.deepEqual(after, ["Conv2D"]);
  assert.deepEqual(constantOf(graph, only(graph, "Conv2D"), 1), [-1, -2, -3, -4]);
  assert.deepEqual(constantOf(graph, only(graph, "Conv2D"), 2), [1, 1]);
});

Deno.test("depthwise and fully connected weights take scales too", async () => {
  const depthwise = await inner([
    onnxNode("Conv", ["x", "d"], ["c"], { group: 2 }),
    onnxNode("Mul", ["c", "s"], ["y"]),
  ], [onnxTensor("d", [2, 1, 1, 1], [1, 2]), onnxTensor("s", [2, 1, 1], [3, 5])]);
  assert.deepEqual(depthwise.after, ["DepthwiseConv2D"]);
  const node = only(depthwise.graph, "DepthwiseConv2D");
  assert.deepEqual(constantOf(depthwise.graph, node, 1), [3, 10]);

  const dense = await simplified({
    inputs: [onnxInput("x", [3, 2])],
    outputs: ["y"],
    opset: 13,
    nodes: [onnxNode("MatMul", ["x", "m"], ["c"]), onnxNode("Add", ["b", "c"], ["y"])],
    initializers: [onnxTensor("m", [2, 2], [1, 2, 3, 4]), onnxTensor("b", [2], [5, 6])],
  });
  assert.deepEqual(dense.after, ["FullyConnected"]);
  assert.deepEqual(constantOf(dense.graph, only(dense.graph, "FullyConnected"), 2), [5, 6]);
});

const KEPT = {
  "the convolution has another reader": [
    [conv, onnxNode("Mul", ["c", "two"], ["y"])],
    ["y", "c"],
    ["Conv2D", "Mul"],
  ],
  "the scale varies over the picture": [
    [conv, onnxNode("Mul", ["c", "columns"], ["y"])],
    ["y"],
    ["Conv2D", "Mul"],
  ],
  "an activation stands between": [
    [conv, onnxNode("Relu", ["c"], ["r"]), onnxNode("Mul", ["r", "two"], ["y"])],
    ["y"],
    ["Conv2D", "Mul"],
  ],
} as const;

for (const [why, [nodes, outputs, left]] of Object.entries(KEPT)) {
  Deno.test(`a scale stays where ${why}`, async () => {
    const { after } = await inner([...nodes], [
      w,
      onnxTensor("two", [], [2]),
      onnxTensor("columns", [4], [1, 2, 3, 4]),
    ], [...outputs]);
    assert.deepEqual(after, left);
  });
}

Deno.test("Relu and Clip become bounds of the operator before", async () => {
  const bounds = [onnxTensor("low", [], [-1]), onnxTensor("high", [], [6])];
  const relu = await inner([conv, onnxNode("Relu", ["c"], ["y"])], [w]);
  assert.deepEqual(relu.after, ["Conv2D"]);
  const { min, max } = only(relu.graph, "Conv2D").params;
  assert.deepEqual([min, max], [0, Infinity]);

  const both = await inner([
    onnxNode("Add", ["x", "x"], ["a"]),
    onnxNode("Clip", ["a", "low", "high"], ["b"]),
    onnxNode("Relu", ["b"], ["y"]),
  ], bounds);
  assert.deepEqual(both.after, ["Add"]);
  const { params } = only(both.graph, "Add");
  assert.deepEqual([params.min, params.max], [0, 6]);
});

Deno.test("zeros around the picture become the convolution's padding", async () => {
  const { after, graph } = await inner([
    onnxNode("Pad", ["x", "pads"], ["p"]),
    onnxNode("Conv", ["p", "w"], ["y"], { pads: [0, 1, 0, 0] }),
  ], [w, onnxTensor("pads", [8], [0, 0, 1, 2, 0, 0, 3, 4], "int64")]);
  assert.deepEqual(after, ["Conv2D"]);
  const { padTop, padLeft, padBottom, padRight } = only(graph, "Conv2D").params;
  assert.deepEqual([padTop, padLeft, padBottom, padRight], [1, 3, 3, 4]);
});

Deno.test("padding by another value, or of channels, stays", async () => {
  const padded = (pads: number[], value: number, wide: TensorProto) =>
    inner([
      onnxNode("Pad", ["x", "pads", "value"], ["p"]),
      onnxNode("Conv", ["p", "w"], ["y"]),
    ], [wide, onnxTensor("pads", [8], pads, "int64"), onnxTensor("value", [], [value])]);
  const ones = await padded([0, 0, 1, 1, 0, 0, 1, 1], 1, w);
  assert.deepEqual(ones.after, ["Pad", "Conv2D"]);
  const three = onnxTensor("w", [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]);
  const channels = await padded([0, 1, 0, 0, 0, 0, 0, 0], 0, three);
  assert.deepEqual(channels.after, ["Pad", "Conv2D"]);
});

Deno.test("the mean over a picture is one pooling", async () => {
  const { after } = await inner([
    conv,
    onnxNode("ReduceMean", ["c"], ["m"], { axes: [2, 3], keepdims: 0 }),
    onnxNode("Sigmoid", ["m"], ["y"]),
  ], [w]);
  assert.deepEqual(after, ["Conv2D", "AveragePool2D", "Unary", "Reshape"]);
});

Deno.test("what is computed twice is computed once", async () => {
  const { after } = await inner([
    onnxNode("Sigmoid", ["x"], ["a"]),
    onnxNode("Sigmoid", ["x"], ["b"]),
    onnxNode("Exp", ["x"], ["d"]),
    onnxNode("Add", ["a", "b"], ["e"]),
    onnxNode("Add", ["e", "d"], ["y"]),
  ], []);
  assert.deepEqual(after, ["Unary", "Unary", "Add", "Add"]);
});

Deno.test("equal outputs of the model each keep their name", async () => {
  const { graph } = await inner(
    [onnxNode("Sigmoid", ["x"], ["y"]), onnxNode("Sigmoid", ["x"], ["z"])],
    [],
    ["y", "z"],
  );
  assert.deepEqual(graph.outputs, ["y", "z"]);
});

Deno.test("what no output needs goes, inputs stay", async () => {
  const { after, graph } = await simplified({
    inputs: [picture, onnxInput("unused", [1])],
    outputs: ["y"],
    nodes: [onnxNode("Sigmoid", ["x"], ["y"]), onnxNode("Exp", ["x"], ["z"])],
  });
  assert.deepEqual(after, ["Unary"]);
  assert.deepEqual(graph.inputs, ["x", "unused"]);
});
