/** What `inspect` tells of an ONNX file. */
import assert from "node:assert/strict";
import { inspectionText } from "../../cli/report/inspection.ts";
import { inspect } from "../../mod.ts";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";

Deno.test("inspect tells which channels are left out for nothing", async () => {
  // Of relu(x·w + b) with w = [1, 0, 1], b = [0, −1, 0], the second is always 0.
  const bytes = onnxModel({
    inputs: [onnxInput("x", [1, 1])],
    outputs: ["y"],
    initializers: [
      onnxTensor("w", [1, 3], [1, 0, 1]),
      onnxTensor("b", [3], [0, -1, 0]),
      onnxTensor("v", [3, 1], [1, 2, 3]),
    ],
    nodes: [
      onnxNode("Gemm", ["x", "w", "b"], ["g"]),
      onnxNode("Relu", ["g"], ["r"]),
      onnxNode("MatMul", ["r", "v"], ["y"]),
    ],
  });
  const file = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(file, bytes);
    const inspection = await inspect(file);
    const [{ name, reason }] = inspection.layers;
    assert.equal(reason, "1 of 3 channels are constant or unused: removed");
    assert.ok(inspectionText(inspection).includes(`${name}: ${reason}`));
  } finally {
    await Deno.remove(file);
  }
});
