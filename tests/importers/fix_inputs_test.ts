/** Inputs that always have one value. */
import assert from "node:assert/strict";
import { fixInputs } from "../../converters/importers/onnx/mod.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { convertOnnx } from "../helpers/convert.ts";
import {
  type Dim,
  onnxInput,
  onnxModel,
  onnxNode,
  type TypeName,
} from "../helpers/onnx_builder.ts";

/** y = x · factor, with a factor of any type. */
const model = (type: TypeName, dims: Dim[]) =>
  onnxModel({
    nodes: [
      onnxNode("Cast", ["factor"], ["float"], { to: 1 }),
      onnxNode("Mul", ["x", "float"], ["y"]),
    ],
    inputs: [onnxInput("x", [2]), onnxInput("factor", dims, type)],
    outputs: ["y"],
  });

const TYPES: [TypeName, number][] = [
  ["float32", 1.5],
  ["float64", -2],
  ["int32", 3],
  ["int64", -4],
  ["bool", 1],
];

for (const [type, value] of TYPES) {
  for (const dims of [[], [1], ["open"], [2]] as Dim[][]) {
    Deno.test(`a ${type} input of shape [${dims}] is always ${value}`, async () => {
      const bytes = fixInputs(model(type, dims), { factor: value }, "m.onnx");
      const packed = await convertOnnx(bytes);
      const { y } = await REFERENCE.run(packed, { x: Float32Array.of(1, -3) });
      assert.deepEqual([...y], [value, -3 * value]);
    });
  }
}

Deno.test("a name that no input has, and a value that the type has not, are usage errors", () => {
  const wrong: [Record<string, number>, RegExp][] = [
    [{ scale: 1 }, /^no such input$/],
    [{ factor: 0.5 }, /^an input that takes no such value$/],
  ];
  for (const [constants, got] of wrong) {
    assert.throws(() => fixInputs(model("int64", []), constants, "m.onnx"), (error) => {
      assert.ok(error instanceof KedgeError);
      assert.equal(error.data.code, "usage/constant");
      assert.match(error.data.got ?? "", got);
      assert.match(error.data.wanted ?? "", /x, factor/);
      return true;
    });
  }
});

Deno.test("without constants the bytes are the same", () => {
  const bytes = model("int64", []);
  assert.equal(fixInputs(bytes, {}, "m.onnx"), bytes);
});
