/** Rewrites of what only moves values: Transposes, Reshapes, Slices, Pads. */
import assert from "node:assert/strict";
import type { TensorProto } from "onnx-buf";
import { onnxInput, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";
import { constantOf, only, simplified } from "../helpers/simplified.ts";

const TO_NHWC = { perm: [0, 2, 3, 1] };
const TO_NCHW = { perm: [0, 3, 1, 2] };

const picture = onnxInput("x", [1, 3, 4, 5]);

/** A constant of 1, 2, 3, … */
function counted(name: string, dims: number[]): TensorProto {
  const size = dims.reduce((a, b) => a * b, 1);
  return onnxTensor(name, dims, Array.from({ length: size }, (_, i) => 1 + i));
}

Deno.test("a Transpose and its opposite cancel", async () => {
  const { after } = await simplified({
    inputs: [picture],
    outputs: ["y"],
    nodes: [
      onnxNode("Transpose", ["x"], ["a"], TO_NHWC),
      onnxNode("Transpose", ["a"], ["b"], TO_NCHW),
      onnxNode("Sigmoid", ["b"], ["y"]),
    ],
  });
  assert.deepEqual(after, ["Unary"]);
});

Deno.test("two Transposes are one", async () => {
  const { after, graph } = await simplified({
    inputs: [picture],
    outputs: ["y"],
    nodes: [
      onnxNode("Transpose", ["x"], ["a"], { perm: [1, 0, 2, 3] }),
      onnxNode("Transpose", ["a"], ["y"], { perm: [3, 2, 1, 0] }),
    ],
  });
  assert.deepEqual(after, ["Transpose"]);
  assert.deepEqual(only(graph, "Transpose").list, [3, 2, 0, 1]);
});

Deno.test("a Transpose that moves only dimensions of 1 is a Reshape", async () => {
  const { after } = await simplified({
    inputs: [onnxInput("x", [1, 7, 1, 1])],
    outputs: ["y"],
    nodes: [onnxNode("Transpose", ["x"], ["y"], TO_NHWC)],
  });
  assert.deepEqual(after, ["Reshape"]);
});

const THROUGH = {
  "a function of single elements": [onnxNode("Sigmoid", ["a"], ["b"])],
  "an addition of a constant": [onnxNode("Add", ["a", "row"], ["b"])],
  "an addition of itself": [onnxNode("Add", ["a", "a"], ["b"])],
  "a Concat": [onnxNode("Concat", ["a", "a"], ["b"], { axis: 3 })],
  "a Slice": [onnxNode("Slice", ["a", "zero", "two", "two"], ["b"])],
  "a reduction": [onnxNode("ReduceMax", ["a"], ["b"], { axes: [2] })],
  "a Pad": [onnxNode("Pad", ["a", "pads"], ["b"])],
};

for (const [what, nodes] of Object.entries(THROUGH)) {
  Deno.test(`Transposes around ${what} cancel`, async () => {
    const { before, after } = await simplified({
      inputs: [picture],
      outputs: ["y"],
      opset: 13,
      nodes: [
        onnxNode("Transpose", ["x"], ["a"], TO_NHWC),
        ...nodes,
        onnxNode("Transpose", ["b"], ["y"], TO_NCHW),
      ],
      initializers: [
        counted("row", [5, 3]),
        onnxTensor("zero", [1], [0], "int64"),
        onnxTensor("two", [1], [2], "int64"),
        onnxTensor("pads", [8], [0, 1, 2, 0, 0, 0, 0, 1], "int64"),
      ],
    });
    assert.equal(before.filter((op) => op === "Transpose").length, 2);
    assert.ok(!after.includes("Transpose"), after.join());
  });
}

Deno.test("a channel's scale does not hold a Transpose up", async () => {
  const { after } = await simplified({
    inputs: [picture],
    outputs: ["y"],
    opset: 13,
    initializers: [counted("w", [3, 3, 1, 1]), counted("v", [3, 3, 1, 1])],
    nodes: [
      onnxNode("Conv", ["x", "w"], ["c"]),
      onnxNode("GlobalAveragePool", ["c"], ["m"]),
      onnxNode("Conv", ["m", "v"], ["s"]),
      onnxNode("Sigmoid", ["s"], ["g"]),
      onnxNode("Mul", ["c", "g"], ["p"]),
      onnxNode("Conv", ["p", "w"], ["y"]),
    ],
  });
  // Into NHWC at the start and out of it at the end.
  assert.deepEqual(after, [
    "Transpose",
    "Conv2D",
    "AveragePool2D",
    "Conv2D",
    "Unary",
    "Mul",
    "Conv2D",
    "Transpose",
  ]);
});

Deno.test("1-D convolutions follow each other without moving data", async () => {
  const { after } = await simplified({
    inputs: [onnxInput("x", [1, 2, 8])],
    outputs: ["y"],
    opset: 13,
    initializers: [counted("w", [2, 2, 3]), counted("s", [2, 1])],
    nodes: [
      onnxNode("Conv", ["x", "w"], ["c"]),
      onnxNode("Mul", ["c", "s"], ["m"]),
      onnxNode("Relu", ["m"], ["r"]),
      onnxNode("Conv", ["r", "w"], ["y"]),
    ],
  });
  assert.deepEqual(after.filter((op) => op !== "Reshape"), [
    "Transpose",
    "Conv2D",
    "Conv2D",
    "Transpose",
  ]);
});

Deno.test("Reshapes in a row are one, and none where the shape comes back", async () => {
  const shape = (name: string, dims: number[]) => onnxTensor(name, [dims.length], dims, "int64");
  const model = (last: number[]) => ({
    inputs: [onnxInput("x", [2, 6])],
    outputs: ["y"],
    initializers: [shape("s", [3, 4]), shape("t", last)],
    nodes: [
      onnxNode("Reshape", ["x", "s"], ["a"]),
      onnxNode("Reshape", ["a", "t"], ["b"]),
      onnxNode("Sigmoid", ["b"], ["y"]),
    ],
  });
  assert.deepEqual((await simplified(model([12]))).after, ["Unary", "Reshape"]);
  assert.deepEqual((await simplified(model([2, 6]))).after, ["Unary"]);
});

Deno.test("what moves nothing goes", async () => {
  const { after } = await simplified({
    inputs: [picture],
    outputs: ["y"],
    opset: 13,
    initializers: [
      onnxTensor("none", [8], [0, 0, 0, 0, 0, 0, 0, 0], "int64"),
      onnxTensor("zero", [1], [0], "int64"),
      onnxTensor("many", [1], [99], "int64"),
    ],
    nodes: [
      onnxNode("Pad", ["x", "none"], ["a"]),
      onnxNode("Slice", ["a", "zero", "many"], ["b"]),
      onnxNode("Concat", ["b"], ["c"], { axis: 1 }),
      onnxNode("Identity", ["c"], ["d"]),
      onnxNode("Dropout", ["d"], ["e"]),
      onnxNode("MaxPool", ["e"], ["f"], { kernel_shape: [1, 1] }),
      onnxNode("Sigmoid", ["f"], ["y"]),
    ],
  });
  assert.deepEqual(after, ["Unary"]);
});

Deno.test("an output that is the input itself stays an operator", async () => {
  const { after, graph } = await simplified({
    inputs: [picture],
    outputs: ["y"],
    nodes: [onnxNode("Identity", ["x"], ["y"])],
  });
  assert.deepEqual(after, ["Reshape"]);
  assert.deepEqual([graph.inputs, graph.outputs], [["x"], ["y"]]);
});

Deno.test("a flattening Transpose goes into the weights behind it", async () => {
  const { after, graph } = await simplified({
    inputs: [onnxInput("x", [1, 2, 2, 1])],
    outputs: ["y"],
    opset: 13,
    initializers: [onnxTensor("w", [4, 1], [1, 2, 3, 4])],
    nodes: [
      onnxNode("Transpose", ["x"], ["a"], { perm: [0, 2, 1, 3] }),
      onnxNode("Flatten", ["a"], ["f"]),
      onnxNode("Gemm", ["f", "w"], ["y"]),
    ],
  });
  assert.deepEqual(after, ["Reshape", "FullyConnected"]);
  assert.deepEqual(constantOf(graph, only(graph, "FullyConnected"), 1), [1, 3, 2, 4]);
});
