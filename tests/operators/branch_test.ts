/** If with a known condition: its branch takes its place; with a computed one it is refused. */
import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  type TensorProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { createOracle } from "../../converters/data/oracle.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { convertOnnx } from "../helpers/convert.ts";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";

function branch(nodes: NodeProto[], output: string, initializer: TensorProto[] = []): GraphProto {
  return create(GraphProtoSchema, {
    name: output,
    node: nodes,
    initializer,
    output: [create(ValueInfoProtoSchema, { name: output })],
  });
}

/** An If node whose branches are graphs. */
function onnxIf(condition: string, output: string, yes: GraphProto, no: GraphProto): NodeProto {
  const node = onnxNode("If", [condition], [output]);
  for (const [name, g] of [["then_branch", yes], ["else_branch", no]] as const) {
    node.attribute.push(create(AttributeProtoSchema, { name, type: Kind.GRAPH, g }));
  }
  return node;
}

const scale = (value: number) =>
  branch([onnxNode("Mul", ["x", "factor"], ["z"])], "z", [onnxTensor("factor", [], [value])]);
/** Whether the last dimension of x, 3, is the wanted one, decides `condition`. */
function model(nodes: NodeProto[], wanted: number): Uint8Array<ArrayBuffer> {
  return onnxModel({
    nodes: [
      onnxNode("Shape", ["x"], ["shape"]),
      onnxNode("Gather", ["shape", "last"], ["size"]),
      onnxNode("Equal", ["size", "wanted"], ["condition"]),
      ...nodes,
    ],
    inputs: [onnxInput("x", [2, 3])],
    outputs: ["y"],
    initializers: [
      onnxTensor("last", [], [1], "int64"),
      onnxTensor("wanted", [], [wanted], "int64"),
    ],
  });
}

const squeeze = branch([onnxNode("Relu", ["x"], ["r"]), onnxNode("Neg", ["r"], ["z"])], "z");
const nested = branch([onnxIf("condition", "z", scale(3), scale(5))], "z");
const outer = branch([onnxNode("Identity", ["x"], ["z"])], "z");

const CASES: Record<string, (condition: string) => NodeProto> = {
  "branches with constants of the same names": (c) => onnxIf(c, "y", scale(2), scale(-1)),
  "a branch of several nodes": (c) => onnxIf(c, "y", squeeze, scale(4)),
  "an If within a branch": (c) => onnxIf(c, "y", nested, nested),
  "a branch that gives what is outside of it": (c) => onnxIf(c, "y", outer, squeeze),
};

const x = Float32Array.of(-1, 2, -3, 4, -5, 6);

for (const [name, make] of Object.entries(CASES)) {
  for (const wanted of [3, 4]) {
    Deno.test(`If on the shape, ${wanted === 3}: ${name}, is ONNX Runtime's`, async () => {
      const bytes = model([make("condition")], wanted);
      const oracle = await createOracle(bytes, { shapes: { x: [2, 3] } });
      const [expected] = await oracle.run([x]);
      await oracle.close();
      assert.deepEqual((await REFERENCE.run(await convertOnnx(bytes), { x })).y, expected);
    });
  }
}

Deno.test("If on the model's input is refused by name, with its reason", async () => {
  const condition = onnxNode("ReduceMax", ["x"], ["top"], { keepdims: 0 });
  const bytes = model([
    condition,
    onnxNode("Cast", ["top"], ["computed"], { to: 9 }),
    onnxIf("computed", "y", scale(2), scale(3)),
  ], 3);
  await assert.rejects(convertOnnx(bytes), (error) => {
    assert.ok(error instanceof KedgeError);
    assert.equal(error.data.code, "model/unsupported");
    assert.match(error.data.details?.[0].message ?? "", /^If "y_node": its condition is computed/);
    return true;
  });
});
