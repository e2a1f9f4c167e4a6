/** Indices that the model's input gives: kedge takes what ONNX Runtime takes. */
import assert from "node:assert/strict";
import type { NodeProto, TensorProto } from "onnx-buf";
import { createOracle } from "../../converters/data/oracle.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { convertOnnx } from "../helpers/convert.ts";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";
import { Random } from "../helpers/random.ts";

const random = new Random(1);
const table = (shape: number[]) =>
  onnxTensor(
    "table",
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(random.next())),
  );

const CASES: {
  name: string;
  ids: number[];
  values: number[];
  nodes: NodeProto[];
  constants: TensorProto[];
  /** ONNX Runtime takes no other indices. */
  onlyInt64?: boolean;
}[] = [
  {
    name: "an embedding of token numbers",
    ids: [1, 6],
    values: [0, 4, 49, 7, -1, -50],
    nodes: [onnxNode("Gather", ["table", "ids"], ["y"])],
    constants: [table([50, 8])],
  },
  {
    name: "Gather along the last axis, of moved indices",
    ids: [2, 3],
    values: [0, 1, 4, -1, 3, 2],
    nodes: [
      onnxNode("Transpose", ["ids"], ["turned"], { perm: [1, 0] }),
      onnxNode("Unsqueeze", ["turned", "axes"], ["indices"]),
      onnxNode("Gather", ["table", "indices"], ["y"], { axis: 1 }),
    ],
    constants: [table([4, 5, 2]), onnxTensor("axes", [1], [0], "int64")],
  },
  {
    name: "GatherElements",
    ids: [2, 3],
    values: [0, 1, 3, -1, -4, 2],
    nodes: [onnxNode("GatherElements", ["table", "ids"], ["y"], { axis: 1 })],
    constants: [table([2, 4])],
  },
  {
    name: "GatherND",
    onlyInt64: true,
    ids: [3, 2],
    values: [0, 3, 1, -1, -2, 2],
    nodes: [onnxNode("GatherND", ["table", "ids"], ["y"])],
    constants: [table([2, 4, 3])],
  },
  {
    name: "GatherND with a common axis",
    onlyInt64: true,
    ids: [2, 2, 1],
    values: [0, 3, 1, -1],
    nodes: [onnxNode("GatherND", ["table", "ids"], ["y"], { batch_dims: 1 })],
    constants: [table([2, 4, 3])],
  },
  {
    name: "OneHot and a matrix",
    onlyInt64: true,
    ids: [1, 4],
    values: [0, 3, -1, 9],
    nodes: [
      onnxNode("OneHot", ["ids", "depth", "values"], ["hot"]),
      onnxNode("MatMul", ["hot", "table"], ["y"]),
    ],
    constants: [
      table([5, 3]),
      onnxTensor("depth", [], [5], "int64"),
      onnxTensor("values", [2], [0, 1]),
    ],
  },
];

for (const type of ["int64", "int32"] as const) {
  for (const { name, ids, values, nodes, constants, onlyInt64 } of CASES) {
    if (onlyInt64 && type !== "int64") continue;
    Deno.test(`${name}, by ${type} inputs, is ONNX Runtime's`, async () => {
      const bytes = onnxModel({
        nodes,
        inputs: [onnxInput("ids", ids, type)],
        outputs: ["y"],
        initializers: constants,
      });
      const oracle = await createOracle(bytes, { shapes: { ids } });
      const [wanted] = await oracle.run([Float32Array.from(values)]);
      await oracle.close();
      const packed = await convertOnnx(bytes);
      for (const backend of [REFERENCE, ...BACKENDS]) {
        const { y } = await backend.run(packed, { ids: Float32Array.from(values) });
        assert.deepEqual(y, wanted, backend.name);
      }
    });
  }
}
