/** Graphs that do not hold together, and what is said of them. */
import assert from "node:assert/strict";
import { importOnnx } from "../../converters/importers/onnx/mod.ts";
import { toCore } from "../helpers/convert.ts";
import { errorOf, refusal } from "../helpers/import_error.ts";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";

const x = onnxInput("x", [1, 4]);

Deno.test("a cycle is refused and a node of it named", async () => {
  const { code, where, got } = await refusal(onnxModel({
    nodes: [onnxNode("Add", ["x", "b"], ["a"]), onnxNode("Relu", ["a"], ["b"])],
    inputs: [x],
    outputs: ["b"],
  }));
  assert.equal(code, "model/cycle");
  assert.equal(where?.node, "a_node");
  assert.ok(got?.includes('"a_node"') && got.includes('"b_node"'), got);
});

Deno.test("a node that takes its own output is a cycle", async () => {
  const { code } = await refusal(
    onnxModel({ nodes: [onnxNode("Add", ["x", "y"], ["y"])], inputs: [x], outputs: ["y"] }),
  );
  assert.equal(code, "model/cycle");
});

Deno.test("nodes in any order are sorted", async () => {
  const { nodes } = await importOnnx({
    name: "m",
    bytes: onnxModel({
      nodes: [
        onnxNode("Relu", ["b"], ["y"]),
        onnxNode("Relu", ["a"], ["b"]),
        onnxNode("Relu", ["x"], ["a"]),
      ],
      inputs: [x],
      outputs: ["y"],
    }),
    readBeside: () => Promise.reject(new Error("no such file")),
  });
  assert.deepEqual(nodes.map(({ name }) => name), ["a_node", "b_node", "y_node"]);
});

Deno.test("an input that nothing gives is named with its node", async () => {
  const { code, where } = await refusal(
    onnxModel({ nodes: [onnxNode("Add", ["x", "w"], ["y"])], inputs: [x], outputs: ["y"] }),
  );
  assert.equal(code, "model/missing-initializer");
  assert.deepEqual(where, { file: "model.onnx", node: "y_node", op: "Add", tensor: "w" });
});

Deno.test("an output that nothing gives is named", async () => {
  const { code, where } = await refusal(
    onnxModel({ nodes: [onnxNode("Relu", ["x"], ["y"])], inputs: [x], outputs: ["z"] }),
  );
  assert.equal(code, "model/missing-output");
  assert.equal(where?.tensor, "z");
});

Deno.test("a graph without outputs is empty", async () => {
  const { code } = await refusal(
    onnxModel({ nodes: [onnxNode("Relu", ["x"], ["y"])], inputs: [x], outputs: [] }),
  );
  assert.equal(code, "model/empty");
});

const DUPLICATES = {
  "two nodes": onnxModel({
    nodes: [onnxNode("Relu", ["x"], ["y"]), onnxNode("Abs", ["x"], ["y"])],
    inputs: [x],
    outputs: ["y"],
  }),
  "an input and a node": onnxModel({
    nodes: [onnxNode("Relu", ["x"], ["x"])],
    inputs: [x],
    outputs: ["x"],
  }),
  "two inputs": onnxModel({
    nodes: [onnxNode("Relu", ["x"], ["y"])],
    inputs: [x, x],
    outputs: ["y"],
  }),
  "two initializers": onnxModel({
    nodes: [onnxNode("Add", ["x", "w"], ["y"])],
    inputs: [x],
    outputs: ["y"],
    initializers: [onnxTensor("w", [], [1]), onnxTensor("w", [], [2])],
  }),
};

for (const [what, bytes] of Object.entries(DUPLICATES)) {
  Deno.test(`a name given by ${what} is refused`, async () => {
    const { code, where } = await refusal(bytes);
    assert.equal(code, "model/duplicate");
    assert.ok(where?.tensor);
  });
}

Deno.test("an initializer that is also listed as an input, as before IR 4, is a constant", async () => {
  const core = await toCore(onnxModel({
    nodes: [onnxNode("Add", ["x", "w"], ["y"])],
    inputs: [x, onnxInput("w", [4])],
    outputs: ["y"],
    initializers: [onnxTensor("w", [4], [1, 2, 3, 4])],
  }));
  assert.deepEqual(core.inputs, ["x"]);
  assert.deepEqual([...core.tensors.get("w")?.data ?? []], [1, 2, 3, 4]);
});

for (const opset of [1, 6, 0]) {
  Deno.test(`operator set ${opset} is too old`, async () => {
    const { code, got, wanted } = await refusal(
      onnxModel({ nodes: [onnxNode("Relu", ["x"], ["y"])], inputs: [x], outputs: ["y"], opset }),
    );
    assert.equal(code, "model/opset");
    assert.equal(got, `${opset}`);
    assert.ok(wanted?.includes("7"));
  });
}

Deno.test("a model without an operator set is refused", async () => {
  const model = { nodes: [onnxNode("Relu", ["x"], ["y"])], inputs: [x], outputs: ["y"] };
  assert.equal((await refusal(onnxModel({ ...model, opset: null }))).code, "model/truncated");
});

Deno.test("all unsupported nodes are named at once, each with its reason", async () => {
  const error = await errorOf(() =>
    toCore(onnxModel({
      inputs: [onnxInput("x", [1, 2, 4, 4])],
      outputs: ["d", "e"],
      initializers: [onnxTensor("w", [1, 2, 1, 1], [1, 1])],
      nodes: [
        onnxNode("NonMaxSuppression", ["x", "x"], ["a"]),
        onnxNode("Relu", ["a"], ["b"]),
        onnxNode("FusedConv", ["x", "w"], ["c"], {}, "com.microsoft"),
        onnxNode("Add", ["b", "c"], ["d"]),
        onnxNode("Conv", ["x", "x"], ["e"]),
        onnxNode("NoSuchOperator", ["x"], ["unused"]),
      ],
    }))
  );
  assert.equal(error.code, "model/unsupported");
  assert.deepEqual(error.details?.map(({ where }) => where), [
    { node: "a_node", op: "NonMaxSuppression" },
    { node: "c_node", op: "FusedConv" },
    { node: "e_node", op: "Conv" },
  ]);
  const reasons = error.details?.map(({ message }) => message) ?? [];
  assert.ok(reasons[0].includes("does not know this operator"), reasons[0]);
  assert.ok(reasons[1].includes('"com.microsoft"'), reasons[1]);
  assert.ok(reasons[2].includes("not constant"), reasons[2]);
  assert.ok(error.message.includes("3 nodes"), error.message);
});

Deno.test("shapes that do not fit are told with the node and both shapes", async () => {
  const error = await errorOf(() =>
    toCore(onnxModel({
      nodes: [onnxNode("MatMul", ["x", "w"], ["y"])],
      inputs: [x],
      outputs: ["y"],
      initializers: [onnxTensor("w", [5, 2], new Array(10).fill(0))],
    }))
  );
  assert.equal(error.code, "model/shape");
  assert.deepEqual(error.where, { node: "y_node", op: "MatMul" });
  assert.equal(error.got, "[1, 4] and [5, 2]");
});

Deno.test("a model of constants alone has nothing to run", async () => {
  const error = await errorOf(() =>
    toCore(onnxModel({
      nodes: [onnxNode("Relu", ["w"], ["y"])],
      outputs: ["y"],
      initializers: [onnxTensor("w", [2], [1, -1])],
    }))
  );
  assert.equal(error.code, "model/unsupported");
  assert.ok(error.details?.[0].message.includes("no inputs"));
});
