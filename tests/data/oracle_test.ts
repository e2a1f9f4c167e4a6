/** ONNX Runtime as the oracle: what it answers, and what it refuses. */
import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  StringStringEntryProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
} from "onnx-buf";
import { createOracle, type Oracle } from "../../converters/data/mod.ts";
import {
  type Dim,
  onnxInput,
  onnxModel,
  onnxNode,
  onnxTensor,
  type TypeName,
  TYPES,
} from "../helpers/onnx_builder.ts";
import { isRefused, refusal } from "../helpers/refusals.ts";

/** y = x + 1, 2, 3, 4 for x of shape 2×2. */
const ADD = onnxModel({
  nodes: [onnxNode("Add", ["x", "k"], ["y"])],
  inputs: [onnxInput("x", [2, 2])],
  outputs: ["y"],
  initializers: [onnxTensor("k", [2, 2], [1, 2, 3, 4])],
});
const SHAPES = { x: [2, 2] };

async function withOracle<T>(
  opening: Promise<Oracle>,
  use: (oracle: Oracle) => Promise<T>,
): Promise<T> {
  const oracle = await opening;
  try {
    return await use(oracle);
  } finally {
    await oracle.close();
  }
}

Deno.test("a model is run, once and again", () =>
  withOracle(createOracle(ADD, { shapes: SHAPES }), async (oracle) => {
    assert.deepEqual([oracle.inputNames, oracle.outputNames], [["x"], ["y"]]);
    const [[first], [second]] = [
      await oracle.run([new Float32Array(4).fill(10)]),
      await oracle.run([new Float32Array(4)]),
    ];
    assert.deepEqual([[...first], [...second]], [[11, 12, 13, 14], [1, 2, 3, 4]]);
  }));

Deno.test("two models are open at once", () =>
  withOracle(
    createOracle(ADD, { shapes: SHAPES }),
    (first) =>
      withOracle(createOracle(ADD, { shapes: SHAPES }), async (second) => {
        const answers = [];
        for (const oracle of [first, second]) {
          answers.push(...await oracle.run([Float32Array.of(0, 0, 0, 0)]));
        }
        assert.deepEqual(answers[0], answers[1]);
      }),
  ));

Deno.test("inputs and outputs keep the model's order", () => {
  const model = onnxModel({
    nodes: [onnxNode("Sub", ["b", "a"], ["d"]), onnxNode("Mul", ["b", "a"], ["p"])],
    inputs: [onnxInput("b", [1]), onnxInput("a", [1])],
    outputs: ["p", "d"],
  });
  return withOracle(createOracle(model, { shapes: { a: [1], b: [1] } }), async (oracle) => {
    assert.deepEqual([oracle.inputNames, oracle.outputNames], [["b", "a"], ["p", "d"]]);
    const [p, d] = await oracle.run([Float32Array.of(5), Float32Array.of(3)]);
    assert.deepEqual([[...p], [...d]], [[15], [2]]);
  });
});

/** Element types that go through unchanged, with values that they hold. */
const TYPED: [TypeName, number[]][] = [
  ["float32", [0.1, -2]],
  ["float64", [0.1, -2]],
  ["float16", [0.5, -65504]],
  ["int64", [3, -7]],
  ["int32", [3, -7]],
  ["int8", [127, -128]],
  ["uint8", [0, 255]],
  ["uint64", [0, 9]],
  ["bool", [1, 0]],
];

for (const [type, values] of TYPED) {
  Deno.test(`inputs and outputs of type ${type} are float32 outside`, () => {
    const model = onnxModel({
      nodes: [onnxNode("Identity", ["x"], ["y"])],
      inputs: [onnxInput("x", [2], type)],
      outputs: ["y"],
    });
    return withOracle(createOracle(model, { shapes: { x: [2] } }), async (oracle) => {
      const [y] = await oracle.run([Float32Array.from(values)]);
      assert.deepEqual(y, Float32Array.from(values));
    });
  });
}

Deno.test("what is computed in other types comes out as numbers", () => {
  const casts: [string, number, number[]][] = [
    ["half", TYPES.float16, [2.5, -1]],
    ["long", TYPES.int64, [2, -1]],
    ["truth", TYPES.bool, [1, 1]],
  ];
  const model = onnxModel({
    nodes: casts.map(([name, to]) => onnxNode("Cast", ["x"], [name], { to })),
    inputs: [onnxInput("x", [2])],
    outputs: casts.map(([name]) => name),
  });
  return withOracle(createOracle(model, { shapes: { x: [2] } }), async (oracle) => {
    const outputs = await oracle.run([Float32Array.of(2.5, -1)]);
    assert.deepEqual(outputs.map((y) => [...y]), casts.map(([, , wanted]) => wanted));
  });
});

for (const dim of ["N", null] satisfies Dim[]) {
  Deno.test(`an open dimension ${dim ?? "without a name"} takes the shape given`, () => {
    const model = onnxModel({
      nodes: [onnxNode("Relu", ["x"], ["y"])],
      inputs: [onnxInput("x", [dim, 2])],
      outputs: ["y"],
    });
    const options = { shapes: { x: [3, 2] }, dims: dim ? { [dim]: 3 } : {} };
    return withOracle(createOracle(model, options), async (oracle) => {
      const [y] = await oracle.run([Float32Array.of(1, -1, 2, -2, 3, -3)]);
      assert.deepEqual([...y], [1, 0, 2, 0, 3, 0]);
    });
  });
}

Deno.test("a dimension that was given a size takes no other", () => {
  const model = onnxModel({
    nodes: [onnxNode("Relu", ["x"], ["y"])],
    inputs: [onnxInput("x", ["N"])],
    outputs: ["y"],
  });
  return withOracle(createOracle(model, { shapes: { x: [2] }, dims: { N: 3 } }), async (oracle) => {
    await assert.rejects(oracle.run([Float32Array.of(1, 2)]), refusal("model/oracle"));
  });
});

/** The model with its constant in another file. */
function external(): Uint8Array<ArrayBuffer> {
  const entries = Object.entries({ location: "weights.bin", offset: "8", length: "16" });
  const constant = create(TensorProtoSchema, {
    name: "k",
    dims: [2n, 2n],
    dataType: TYPES.float32,
    dataLocation: Location.EXTERNAL,
    externalData: entries.map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value })
    ),
  });
  return onnxModel({
    nodes: [onnxNode("Add", ["x", "k"], ["y"])],
    inputs: [onnxInput("x", [2, 2])],
    outputs: ["y"],
    initializers: [constant],
  });
}

Deno.test("weights in a file beside the model", () => {
  const weights = new Uint8Array(Float32Array.of(0, 0, 9, 8, 7, 6).buffer);
  const options = { shapes: SHAPES, externalData: { "weights.bin": weights } };
  return withOracle(createOracle(external(), options), async (oracle) => {
    const [y] = await oracle.run([Float32Array.of(1, 1, 1, 1)]);
    assert.deepEqual([...y], [10, 9, 8, 7]);
  });
});

const unknownOperator = onnxModel({
  nodes: [onnxNode("NoSuchOperator", ["x"], ["y"])],
  inputs: [onnxInput("x", [1])],
  outputs: ["y"],
});

const REFUSED: [string, Uint8Array, Record<string, Uint8Array>][] = [
  ["nothing", new Uint8Array(0), {}],
  ["text", Uint8Array.from("this is no model", (c) => c.charCodeAt(0)), {}],
  ["noise", Uint8Array.from({ length: 1000 }, (_, i) => i * 89 % 256), {}],
  ["an unknown operator", unknownOperator, {}],
  ["weights that are missing", external(), {}],
  ["weights that are cut", external(), { "weights.bin": new Uint8Array(10) }],
];

for (const [title, bytes, externalData] of REFUSED) {
  Deno.test(`a model of ${title} is refused with ONNX Runtime's words`, async () => {
    const opening = createOracle(bytes, { shapes: {}, externalData });
    await assert.rejects(opening, refusal("model/oracle"));
    await assert.rejects(opening, (error: { data: { got: string } }) => error.data.got.length > 5);
  });
}

Deno.test("a model cut anywhere is refused, or opens", async () => {
  let refused = 0;
  for (let length = 0; length < ADD.length; length += 3) {
    const open = async () => {
      await (await createOracle(ADD.slice(0, length), { shapes: SHAPES })).close();
    };
    refused += Number(await isRefused("model", open, `${length} bytes`));
  }
  assert(refused > ADD.length / 4, String(refused));
});

const RUNS: [string, Record<string, number[]>, Float32Array[]][] = [
  ["too few values", SHAPES, [Float32Array.of(1, 2, 3)]],
  ["no values", SHAPES, []],
  ["another shape", { x: [4] }, [Float32Array.of(1, 2, 3, 4, 5)]],
  ["another rank", { x: [1, 1, 2, 2] }, [Float32Array.of(1, 2, 3, 4)]],
  ["a shape that is not known", {}, [Float32Array.of(1, 2, 3, 4)]],
];

for (const [title, shapes, inputs] of RUNS) {
  Deno.test(`a run with ${title} is refused, and the next one works`, () =>
    withOracle(createOracle(ADD, { shapes }), async (oracle) => {
      await assert.rejects(oracle.run(inputs), refusal("model/oracle"));
      await withOracle(createOracle(ADD, { shapes: SHAPES }), async (good) => {
        const [y] = await good.run([Float32Array.of(0, 0, 0, 0)]);
        assert.deepEqual([...y], [1, 2, 3, 4]);
      });
    }));
}

Deno.test("a value that an integer input cannot hold is refused", () => {
  const model = onnxModel({
    nodes: [onnxNode("Identity", ["x"], ["y"])],
    inputs: [onnxInput("x", [1], "int64")],
    outputs: ["y"],
  });
  return withOracle(createOracle(model, { shapes: { x: [1] } }), async (oracle) => {
    await assert.rejects(oracle.run([Float32Array.of(NaN)]), refusal("model/oracle"));
  });
});
