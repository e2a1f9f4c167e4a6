/** Open dimensions of inputs, with and without sizes given for them. */
import assert from "node:assert/strict";
import { importOnnx } from "../../converters/importers/onnx/mod.ts";
import { errorOf } from "../helpers/import_error.ts";
import { type Dim, onnxInput, onnxModel, onnxNode, TYPES } from "../helpers/onnx_builder.ts";

/** Shapes of the inputs of Add(x, z) as they are imported. */
async function shapesOf(x: readonly Dim[], z: readonly Dim[], dims: Record<string, number> = {}) {
  const { tensors } = await importOnnx({
    name: "m.onnx",
    bytes: onnxModel({
      nodes: [onnxNode("Add", ["x", "z"], ["y"])],
      inputs: [onnxInput("x", x), onnxInput("z", z)],
      outputs: ["y"],
    }),
    readBeside: () => Promise.reject(new Error("no such file")),
  }, { dims });
  return [tensors.get("x")?.shape, tensors.get("z")?.shape];
}

Deno.test("an open batch dimension is 1", async () => {
  assert.deepEqual(await shapesOf(["N", 3], [null, 3]), [[1, 3], [1, 3]]);
  assert.deepEqual(await shapesOf([-1, 3], [0, 3]), [[1, 3], [1, 3]]);
});

Deno.test("the batch's symbol is 1 wherever it stands", async () => {
  assert.deepEqual(await shapesOf(["N", 3], [3, "N"]), [[1, 3], [3, 1]]);
});

Deno.test("open dimensions take the sizes given by symbol or by input and axis", async () => {
  const dims = { N: 2, "z:1": 5 };
  assert.deepEqual(await shapesOf(["N", 3], ["N", null], dims), [[2, 3], [2, 5]]);
});

Deno.test("all open dimensions without a size are listed with what to type", async () => {
  const { code, details, hint } = await errorOf(() => shapesOf([1, "H", "W"], [1, null, "W"]));
  assert.equal(code, "model/dynamic-shape");
  assert.deepEqual(details?.map(({ where }) => where?.tensor), ["H", "W", "z:1", "W"]);
  assert.equal(hint, "give --dim H=… --dim W=… --dim z:1=…");
});

Deno.test("a size for a dimension that does not exist is a usage error", async () => {
  const { code, where, wanted } = await errorOf(() => shapesOf(["N", 3], ["N", 3], { M: 2 }));
  assert.equal(code, "usage/dim");
  assert.equal(where?.tensor, "M");
  assert.ok(wanted?.includes('"N"'), wanted);
});

for (const size of [0, -1, 1.5, NaN, Infinity]) {
  Deno.test(`${size} is no size`, async () => {
    assert.equal((await errorOf(() => shapesOf(["N"], ["N"], { N: size }))).code, "usage/dim");
  });
}

Deno.test("an input of an unknown element type is refused", async () => {
  const input = onnxInput("x", [1]);
  if (input.type?.value.case === "tensorType") input.type.value.value.elemType = 99;
  const { code, got } = await errorOf(() =>
    importOnnx({
      name: "m.onnx",
      bytes: onnxModel({
        nodes: [onnxNode("Relu", ["x"], ["y"])],
        inputs: [input],
        outputs: ["y"],
      }),
      readBeside: () => Promise.reject(new Error("no such file")),
    })
  );
  assert.equal(code, "model/unsupported");
  assert.equal(got, "element type 99");
});

Deno.test("inputs of every element type but text are imported", async () => {
  for (const type of Object.keys(TYPES) as (keyof typeof TYPES)[]) {
    const { tensors } = await importOnnx({
      name: "m.onnx",
      bytes: onnxModel({
        nodes: [onnxNode("Identity", ["x"], ["y"])],
        inputs: [onnxInput("x", [2], type)],
        outputs: ["y"],
      }),
      readBeside: () => Promise.reject(new Error("no such file")),
    });
    assert.equal(tensors.get("x")?.dtype, type === "bfloat16" ? "float32" : type);
  }
});
